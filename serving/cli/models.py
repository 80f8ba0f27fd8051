"""`ringfence models …`: every version of every model, and how they come and go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from router.domain import JsonObject
from router.lifecycle.moves import Move, MoveStatus
from router.lifecycle.registers.inventory import Recorded, described, inventory
from router.lifecycle.registers.recorded import recorded_models
from router.registry.load import load_registry
from router.registry.registry import Registry
from router.registry.validity import narrowings
from router.store.database import reading
from serving.cli import models_moves
from serving.cli.options import MODELS, STATE_DIR, AsJson, Models, StateDir
from serving.cli.output import cures, fail, out, print_json
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths

app = typer.Typer(help="List models, and move them through their life.", no_args_is_help=True)
app.command("promote")(models_moves.promote)
app.command("approve")(models_moves.approve)
app.command("reject")(models_moves.reject)
app.command("rollback")(models_moves.rollback)
app.command("retire")(models_moves.retire)
app.command("adopt")(models_moves.adopt)


@app.command("list")
def list_models(
    models: Models = MODELS, state_dir: StateDir = STATE_DIR, as_json: AsJson = False
) -> None:
    """List every version, where it stands, and which moves wait for somebody.

    Example: ringfence models list --json
    """
    registry, recorded = _read(models, state_dir)
    rows = _rows(registry, recorded)
    waiting = [move for move in recorded.moves if move.status is MoveStatus.WAITING]
    if as_json:
        print_json({"models": rows, "waiting": [described(move) for move in waiting]})
        return
    table = Table(box=None)
    table.add_column("model", no_wrap=True)
    for column in ("alias", "state", "since", "owner", "data classes", "next review"):
        table.add_column(column)
    for row in rows:
        state = str(row["state"])
        if row["canary_share"]:
            state += f" of {row['canary_share']:g}"
        cells = (row["model"], row["alias"], state, row["since"], row["owner"])
        classes = ", ".join(row["data_classes_on_the_day"])
        table.add_row(
            *(escape(str(cell or "")) for cell in (*cells, classes, row["next_review"])),
        )
    out.print(table)
    _print_moves("waiting for a second person: ringfence models approve ID", waiting)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="ID@VERSION, ID@candidate, or an id.")],
    models: Models = MODELS,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Show everything that is known of one version: its card, what narrows it, its moves.

    Example: ringfence models show smollm2-135m-private@1
    """
    registry, recorded = _read(models, state_dir)
    found = registry.resolve(name)
    if found is None:
        fail(f"models.yaml has no such model; it has: {', '.join(registry.entries)}")
    row = next(row for row in _rows(registry, recorded) if row["model"] == found.key)
    row["not_permitted"] = [
        {
            "data_class": narrowing.data_class.label,
            "code": narrowing.code,
            "what": narrowing.what,
            "since": None if narrowing.since is None else narrowing.since.isoformat(),
        }
        for narrowing in narrowings(registry, datetime.now(UTC).date())
        if narrowing.model == found.key
    ]
    if as_json:
        print_json(row)
        return
    for key, value in row.items():
        if key not in {"moves", "evidence"}:
            out.print(f"{key.replace('_', ' '):24} {_shown(value)}", markup=False)
    _print_moves("moves", [move for move in recorded.moves if move.change.key == found.key])


def _read(models: Path, state_dir: Path) -> tuple[Registry, Recorded]:
    """Looking makes no state directory: without one, nothing is recorded."""
    paths = ClusterPaths.of(state_dir)
    with cures():
        registry = load_registry(models)
        if not paths.state.is_dir():
            return registry, Recorded()
        engine = open_database(paths)
    try:
        with reading(engine).begin() as connection:
            return registry, recorded_models(connection)
    finally:
        engine.dispose()


def _rows(registry: Registry, recorded: Recorded) -> list[dict[str, Any]]:
    aliases = dict.fromkeys(registry.aliases.values(), "champion")
    aliases |= dict.fromkeys(registry.candidates.values(), "candidate")
    rows: list[JsonObject] = inventory(registry, recorded, datetime.now(UTC).date())
    return [{**row, "alias": aliases.get(str(row["model"]))} for row in rows]


def _print_moves(title: str, moves: Sequence[Move]) -> None:
    if not moves:
        return
    out.print(f"\n{title}", markup=False)
    for move in moves:
        change = move.change
        by = move.proposed_by if move.decided_by is None else move.decided_by
        out.print(
            f"  {move.id}  {change.kind} {change.key} {change.from_state} → {change.to_state}  "
            f"{move.status} by {by}: {move.reason}",
            markup=False,
        )
        for item in move.evidence:
            out.print(f"    {item.kind} {item.path} {item.sha256}", markup=False)


def _shown(value: object) -> str:
    if isinstance(value, list | dict) and not value:
        return "none"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return "-" if value is None else str(value)
