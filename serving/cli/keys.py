"""`ringfence keys …`: API keys, made once, shown once."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from router.accounts.keys import ApiKey
from router.domain import GENERAL_PURPOSE, DataClass, Tier
from router.ids import new_id
from serving.cli.options import STATE_DIR, AsJson, StateDir
from serving.cli.output import cures, err, fail, out, print_json
from serving.cluster.accounts import open_key_store
from serving.cluster.paths import ClusterPaths

app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)
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
    expires_days: Annotated[float | None, typer.Option(help="Lifetime in days.", min=0)] = None,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it; it is not kept and cannot be printed again.

    Takes effect in a running cluster at once.

    Example: ringfence keys create --team radiology --floor confidential --tiers fast,private
    """
    with cures():
        key, text = open_key_store(ClusterPaths.of(state_dir)).create(
            team=team,
            name=name,
            floor=_data_class(floor),
            tiers=[_tier(tier) for tier in tiers.split(",") if tier.strip()],
            purpose=purpose,
            lifetime_s=None if expires_days is None else expires_days * _DAY_S,
        )
    if as_json:
        print_json({"key": text, **_shown(key)})
    else:
        err.print(f"id {key.id}, kept in {ClusterPaths.of(state_dir).state}", markup=False)
        out.print(text, markup=False)


@app.command("list")
def list_keys(state_dir: StateDir = STATE_DIR, as_json: AsJson = False) -> None:
    """List all keys, without what only their holders have.

    Example: ringfence keys list --json
    """
    with cures():
        keys = open_key_store(_existing(state_dir)).list()
    if as_json:
        print_json([_shown(key) for key in keys])
        return
    table = Table(box=None)
    table.add_column("id", no_wrap=True, min_width=len(new_id()))  # what `revoke` needs, whole
    for column in ("team", "purpose", "name", "floor", "tiers", "state"):
        table.add_column(column)
    for key in keys:
        shown = _shown(key)
        table.add_row(
            *(str(shown[c]) for c in ("id", "team", "purpose", "name", "floor")),
            ",".join(shown["tiers"]),
            shown["state"],
        )
    out.print(table)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The id that `keys list` shows.")],
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Revoke a key, in a running cluster within a second.

    Example: ringfence keys revoke 0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c
    """
    with cures():
        revoked = open_key_store(_existing(state_dir)).revoke(key_id)
    if not revoked:
        fail("there is no such key that is not revoked already: ringfence keys list")
    out.print("revoked", markup=False)


def _existing(state_dir: Path) -> ClusterPaths:
    """The paths of a state directory that is there; looking at keys makes none."""
    paths = ClusterPaths.of(state_dir)
    if not paths.state.is_dir():
        fail(f"there is no {paths.state}: go where it is, or name it with --state-dir")
    return paths


def _data_class(label: str) -> DataClass:
    try:
        return DataClass.from_label(label)
    except KeyError:
        known = ", ".join(data_class.label for data_class in DataClass)
        raise ValueError(f"{label!r} is not a data class; --floor takes {known}") from None


def _tier(name: str) -> Tier:
    try:
        return Tier(name.strip())
    except ValueError:
        raise ValueError(f"{name!r} is not a tier; --tiers takes {', '.join(Tier)}") from None


def _shown(key: ApiKey) -> dict[str, Any]:
    state = "valid" if key.is_valid(time.time()) else "expired"
    return {
        **asdict(key),
        "floor": key.floor.label,
        "tiers": sorted(key.tiers),
        "state": "revoked" if key.revoked_at_s is not None else state,
    }
