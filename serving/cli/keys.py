"""`ringfence keys …`: API keys, made once, shown once."""

from __future__ import annotations

from typing import Annotated

import typer

from router.accounts.api_key import ApiKey
from router.accounts.people.permissions import Permission
from router.domain import GENERAL_PURPOSE, DataClass, Role, Tier
from serving.cli import key_limits
from serving.cli.actor import require_actor
from serving.cli.key_limits import (
    BudgetUsdPerDay,
    BudgetUsdPerMonth,
    RequestsPerMinute,
    TokensPerMinute,
    allowance,
)
from serving.cli.key_models import known_models
from serving.cli.key_view import lines_of, moment, shown
from serving.cli.options import STATE_DIR, AsJson, ReasonIfAny, StateDir
from serving.cli.output import cures, err, fail, out, print_json
from serving.cli.state import existing
from serving.cluster.accounts import open_key_store
from serving.cluster.paths import ClusterPaths

app = typer.Typer(help="Make, rotate, limit, list and revoke API keys.", no_args_is_help=True)
app.command("limit")(key_limits.limit)
_HOUR_S = 3_600.0
_DAY_S = 86_400.0


@app.command()
def create(
    team: Annotated[str, typer.Option(help="Whose requests these are.")],
    name: Annotated[str, typer.Option(help="What the key is for, in your words.")] = "",
    floor: Annotated[
        str, typer.Option(help="The data class that no request of this key is below.")
    ] = "public",
    tiers: Annotated[
        str, typer.Option(help="Tiers that the key may ask for, with commas.")
    ] = ",".join(Tier),
    purpose: Annotated[
        str, typer.Option(help="What for; external_use in policy.yaml asks for it.")
    ] = GENERAL_PURPOSE,
    models: Annotated[
        str, typer.Option(help="Ids of the models that it may use at all, with commas; or any.")
    ] = "",
    private_only: Annotated[
        bool, typer.Option("--private-only", help="Nothing of this key's ever leaves.")
    ] = False,
    owner: Annotated[
        str | None, typer.Option(help="The person who holds it; their acts are recorded as theirs.")
    ] = None,
    roles: Annotated[
        str, typer.Option(help="admin, auditor, operator, developer; with commas.")
    ] = Role.DEVELOPER.value,
    expires_days: Annotated[float | None, typer.Option(help="Lifetime in days.")] = None,
    requests_per_minute: RequestsPerMinute = None,
    tokens_per_minute: TokensPerMinute = None,
    budget_usd_per_day: BudgetUsdPerDay = None,
    budget_usd_per_month: BudgetUsdPerMonth = None,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it; it is not kept and cannot be printed again.

    Takes effect in a running cluster within a second. Models are checked against those that serve,
    or models.yaml where nothing ever did. Limits hold beside those of the policy. Needs the role
    admin. Exit status: 0, 2 for options that make no key, 1 for a model that is not there.

    Example: ringfence keys create --team radiology --floor confidential --tiers fast,private
    """
    least, asked_for, held = _data_class(floor), _tiers(tiers), _roles(roles)
    paths = ClusterPaths.of(state_dir)
    with cures():
        paths.create()  # keys may be made before anything has served
    actor = require_actor(state_dir, Permission.MANAGE_KEYS)
    with cures():
        ids, store = known_models(_parts(models), paths), open_key_store(paths)
        try:
            key, text = store.create(
                team=team,
                name=name,
                floor=least,
                tiers=asked_for,
                purpose=purpose,
                models=ids,
                private_only=private_only,
                owner=owner,
                roles=held,
                lifetime_s=None if expires_days is None else expires_days * _DAY_S,
                allowance=allowance(
                    requests_per_minute, tokens_per_minute, budget_usd_per_day, budget_usd_per_month
                ),
                actor=actor.name,
            )
        except ValueError as error:  # of what was given, and of nothing else
            raise typer.BadParameter(str(error)) from None
    if as_json:
        print_json({"key": text, **shown(key)})
    else:
        _print_key(key, text, paths)


@app.command()
def rotate(
    key_id: Annotated[str, typer.Argument(help="The id that `keys list` shows.")],
    overlap_hours: Annotated[
        float, typer.Option(help="For so long the old key still works.", min=0)
    ] = 24.0,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Make a key that may do what an old one may, and let the old one expire after an overlap.

    Limits go on counting as if it were the same key. Each names the other in `keys list`. Needs the
    role admin.

    Example: ringfence keys rotate 0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c --overlap-hours 24
    """
    paths = existing(state_dir)
    actor = require_actor(state_dir, Permission.MANAGE_KEYS)
    with cures():
        old, new, text = open_key_store(paths).rotate(
            key_id, overlap_s=overlap_hours * _HOUR_S, actor=actor.name
        )
    if as_json:
        print_json({"key": text, **shown(new), "predecessor_expires_at_s": old.expires_at_s})
        return
    err.print(f"the old key expires {moment(old.expires_at_s)} UTC", markup=False)
    _print_key(new, text, paths)


@app.command("list")
def list_keys(state_dir: StateDir = STATE_DIR, as_json: AsJson = False) -> None:
    """List all keys, without what only their holders have.

    Needs one of the roles admin, operator and auditor.

    Example: ringfence keys list --json
    """
    paths = existing(state_dir)
    require_actor(state_dir, Permission.SEE_KEYS_AND_LIMITS)
    with cures():
        keys = open_key_store(paths).list()
    if as_json:
        print_json([shown(key) for key in keys])
        return
    for line in lines_of(keys, out.width):
        out.print(line, markup=False)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The id that `keys list` shows.")],
    reason: ReasonIfAny = None,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Revoke a key, in a running cluster within a second: answers under way end, too.

    Needs the role admin.

    Example: ringfence keys revoke 0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c --reason "seen in a chat"
    """
    paths = existing(state_dir)
    actor = require_actor(state_dir, Permission.MANAGE_KEYS)
    with cures():
        revoked = open_key_store(paths).revoke(key_id, actor=actor.name, reason=reason or "")
    if not revoked:
        fail("there is no such key that is not revoked already: ringfence keys list")
    if as_json:
        print_json({"id": key_id, "state": "revoked"})
    else:
        out.print("revoked", markup=False)


def _print_key(key: ApiKey, text: str, paths: ClusterPaths) -> None:
    err.print(f"id {key.id}, kept in {paths.state}", markup=False)
    out.print(text, markup=False)


def _parts(text: str) -> list[str]:
    return [part for each in text.split(",") if (part := each.strip())]


def _data_class(label: str) -> DataClass:
    try:
        return DataClass.from_label(label)
    except KeyError:
        known = ", ".join(data_class.label for data_class in DataClass)
        problem = f"{label!r} is not a data class; --floor takes {known}"
        raise typer.BadParameter(problem) from None


def _tiers(text: str) -> list[Tier]:
    try:
        return [Tier(name) for name in _parts(text)]
    except ValueError as error:
        raise typer.BadParameter(f"{error}; --tiers takes {', '.join(Tier)}") from None


def _roles(text: str) -> list[Role]:
    try:
        return [Role(name) for name in _parts(text)]
    except ValueError as error:
        raise typer.BadParameter(f"{error}; --roles takes {', '.join(Role)}") from None
