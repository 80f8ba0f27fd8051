"""`ringfence keys …`: API keys, made once, shown once."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from router.accounts.api_key import ApiKey
from router.accounts.people.permissions import Permission
from router.domain import GENERAL_PURPOSE, DataClass, Role, Tier
from router.ids import new_id
from serving.cli.actor import require_actor
from serving.cli.options import STATE_DIR, AsJson, StateDir
from serving.cli.output import cures, err, fail, out, print_json
from serving.cli.state import existing
from serving.cluster.accounts import open_key_store
from serving.cluster.paths import ClusterPaths

app = typer.Typer(help="Make, rotate, list and revoke API keys.", no_args_is_help=True)
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
    expires_days: Annotated[float | None, typer.Option(help="Lifetime in days.", min=0)] = None,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it; it is not kept and cannot be printed again.

    Takes effect in a running cluster at once. Needs the role admin.

    Example: ringfence keys create --team radiology --floor confidential --tiers fast,private
    """
    actor = require_actor(state_dir, Permission.MANAGE_KEYS)
    with cures():
        key, text = open_key_store(ClusterPaths.of(state_dir)).create(
            team=team,
            name=name,
            floor=_data_class(floor),
            tiers=[_tier(tier) for tier in _parts(tiers)],
            purpose=purpose,
            models=_parts(models),
            private_only=private_only,
            owner=owner,
            roles=[_role(role) for role in _parts(roles)],
            lifetime_s=None if expires_days is None else expires_days * _DAY_S,
            actor=actor.name,
        )
    _print_key(key, text, state_dir, as_json)


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

    Each names the other in `keys list`. Needs the role admin.

    Example: ringfence keys rotate 0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c --overlap-hours 24
    """
    paths = existing(state_dir)
    actor = require_actor(state_dir, Permission.MANAGE_KEYS)
    with cures():
        old, new, text = open_key_store(paths).rotate(
            key_id, overlap_s=overlap_hours * _HOUR_S, actor=actor.name
        )
    if not as_json:
        err.print(f"the old key expires {_moment(old.expires_at_s)}", markup=False)
    _print_key(new, text, state_dir, as_json)


@app.command("list")
def list_keys(state_dir: StateDir = STATE_DIR, as_json: AsJson = False) -> None:
    """List all keys, without what only their holders have.

    Example: ringfence keys list --json
    """
    with cures():
        keys = open_key_store(existing(state_dir)).list()
    if as_json:
        print_json([_shown(key) for key in keys])
        return
    table = Table(box=None)
    table.add_column("id", no_wrap=True, min_width=len(new_id()))  # what `revoke` needs, whole
    for column in ("team", "purpose", "name", "owner", "roles", "floor", "tiers", "state"):
        table.add_column(column)
    for key in keys:
        shown = _shown(key)
        table.add_row(
            *(escape(str(shown[c] or "")) for c in ("id", "team", "purpose", "name", "owner")),
            ",".join(shown["roles"]),
            shown["floor"],
            ",".join(shown["tiers"]),
            shown["state"],
        )
    out.print(table)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The id that `keys list` shows.")],
    reason: Annotated[str, typer.Option(help="Why, for the log.")] = "",
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Revoke a key, in a running cluster within a second: answers under way end, too.

    Needs the role admin.

    Example: ringfence keys revoke 0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c --reason "seen in a chat"
    """
    paths = existing(state_dir)
    actor = require_actor(state_dir, Permission.MANAGE_KEYS)
    with cures():
        revoked = open_key_store(paths).revoke(key_id, actor=actor.name, reason=reason)
    if not revoked:
        fail("there is no such key that is not revoked already: ringfence keys list")
    out.print("revoked", markup=False)


def _print_key(key: ApiKey, text: str, state_dir: StateDir, as_json: bool) -> None:
    if as_json:
        print_json({"key": text, **_shown(key)})
        return
    err.print(f"id {key.id}, kept in {ClusterPaths.of(state_dir).state}", markup=False)
    out.print(text, markup=False)


def _parts(text: str) -> list[str]:
    return [part for each in text.split(",") if (part := each.strip())]


def _data_class(label: str) -> DataClass:
    try:
        return DataClass.from_label(label)
    except KeyError:
        known = ", ".join(data_class.label for data_class in DataClass)
        raise ValueError(f"{label!r} is not a data class; --floor takes {known}") from None


def _tier(name: str) -> Tier:
    try:
        return Tier(name)
    except ValueError:
        raise ValueError(f"{name!r} is not a tier; --tiers takes {', '.join(Tier)}") from None


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise ValueError(f"{name!r} is not a role; --roles takes {', '.join(Role)}") from None


def _moment(at_s: float | None) -> str:
    return "never" if at_s is None else time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at_s))


def _shown(key: ApiKey) -> dict[str, Any]:
    state = "valid" if key.is_valid(time.time()) else "expired"
    scope = key.scope
    return {
        "id": key.id,
        "name": key.name,
        "team": scope.team,
        "purpose": scope.purpose,
        "owner": scope.owner,
        "roles": sorted(scope.roles),
        "floor": scope.floor.label,
        "tiers": sorted(scope.tiers),
        "models": sorted(scope.models),
        "private_only": scope.private_only,
        "created_at_s": key.created_at_s,
        "expires_at_s": key.expires_at_s,
        "revoked_at_s": key.revoked_at_s,
        "predecessor": key.predecessor,
        "successor": key.successor,
        "state": "revoked" if key.revoked_at_s is not None else state,
    }
