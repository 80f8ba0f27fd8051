"""`ringfence models …`: every version of every model, and how they come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from router.config.yaml_document import YamlDocument, load_yaml
from router.domain import DataClass, JsonObject
from router.lifecycle.move import is_overtaken
from router.lifecycle.moves import Move, MoveStatus
from router.lifecycle.registers.inventory import Recorded, described, inventory
from router.lifecycle.registers.recorded import recorded_models
from router.lifecycle.standing import in_words
from router.lifecycle.unrecorded import Unrecorded, read_unrecorded
from router.registry.card import LifecycleState
from router.registry.load import build_registry
from router.registry.registry import Registry
from router.registry.validity import narrowings
from router.store.database import reading
from serving.cli import models_canary, models_moves, models_trials
from serving.cli.models_page import print_moves, print_page, print_unrecorded
from serving.cli.options import MODELS, STATE_DIR, AsJson, Models, StateDir
from serving.cli.output import cures, fail, out, print_json
from serving.cli.stale_models import stale_models_said, warn_of
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths

app = typer.Typer(help="List models, and move them through their life.", no_args_is_help=True)
app.command("promote")(models_moves.promote)
app.command("approve")(models_moves.approve)
app.command("reject")(models_moves.reject)
app.command("rollback")(models_moves.rollback)
app.command("retire")(models_moves.retire)
app.command("adopt")(models_moves.adopt)
app.command("canary")(models_canary.canary)
app.command("trials")(models_trials.trials)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """models.yaml, and what the database knows of what is in it."""

    document: YamlDocument
    registry: Registry
    recorded: Recorded = field(default_factory=Recorded)
    unrecorded: Sequence[Unrecorded] = ()

    @property
    def waiting(self) -> list[Move]:
        return [move for move in self.recorded.moves if move.status is MoveStatus.WAITING]

    @property
    def overtaken(self) -> frozenset[str]:
        return frozenset(move.id for move in self.waiting if is_overtaken(move, self.document))

    def rows(self) -> list[dict[str, Any]]:
        aliases = dict.fromkeys(self.registry.aliases.values(), "champion")
        aliases |= dict.fromkeys(self.registry.candidates.values(), "candidate")
        today = datetime.now(UTC).date()
        rows: list[JsonObject] = inventory(self.registry, self.recorded, today)
        return [{**row, "alias": aliases.get(str(row["model"]))} for row in rows]


@app.command("list")
def list_models(
    models: Models = MODELS, state_dir: StateDir = STATE_DIR, as_json: AsJson = False
) -> None:
    """List every version and where it stands; which moves wait, and what none has brought about.

    Example: ringfence models list --json
    """
    shelf = _read(models, state_dir)
    if as_json:
        overtaken = shelf.overtaken
        waiting = [{**described(m), "overtaken": m.id in overtaken} for m in shelf.waiting]
        unrecorded = [_as_json(each) for each in shelf.unrecorded]
        print_json(
            {
                "models": shelf.rows(),
                "waiting": waiting,
                "unrecorded": unrecorded,
                "stale": stale_models_said(shelf.registry),
            }
        )
        return
    # As wide as a terminal of 80 columns; the rest is in `models show`.
    table = Table(box=None, pad_edge=False)
    table.add_column("model", overflow="fold")
    for column in ("alias", "state", "sees up to", "review due"):
        table.add_column(column)
    for row in shelf.rows():
        state = in_words(LifecycleState(row["state"]), row["canary_share"])
        cells = (row["alias"], state, _classes(row["data_classes_on_the_day"]), row["next_review"])
        table.add_row(row["model"], *(escape(cell or "") for cell in cells))
    out.print(table)
    title = "waiting for a second person: ringfence models approve ID"
    print_moves(title, shelf.waiting, shelf.overtaken)
    print_unrecorded(shelf.unrecorded)
    warn_of(stale_models_said(shelf.registry).values())


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
    shelf = _read(models, state_dir)
    found = shelf.registry.resolve(name)
    if found is None:
        fail(f"models.yaml has no such model; it has: {', '.join(shelf.registry.entries)}")
    row = next(row for row in shelf.rows() if row["model"] == found.key)
    row["not_permitted"] = [
        {
            "data_class": narrowing.data_class.label,
            "code": narrowing.code,
            "what": narrowing.what,
            "since": None if narrowing.since is None else narrowing.since.isoformat(),
        }
        for narrowing in narrowings(shelf.registry, datetime.now(UTC).date())
        if narrowing.model == found.key
    ]
    unrecorded = [each for each in shelf.unrecorded if each.place.name in {found.key, found.id}]
    row["unrecorded"] = [_as_json(each) for each in unrecorded]
    row["stale"] = stale_models_said(shelf.registry).get(found.key)
    if as_json:
        print_json(row)
        return
    print_page(row)
    moves = [move for move in shelf.recorded.moves if move.change.key == found.key]
    print_moves("moves", moves, shelf.overtaken)
    print_unrecorded(unrecorded)
    warn_of([row["stale"]] if row["stale"] else [])


def _read(models: Path, state_dir: Path) -> _Shelf:
    """Looking makes no state directory: without one, nothing is recorded."""
    paths = ClusterPaths.of(state_dir)
    with cures():
        document = load_yaml(models)
        registry = build_registry(document)
        if not paths.state.is_dir():
            return _Shelf(document, registry)
        engine = open_database(paths)
        try:
            with reading(engine).begin() as connection:
                recorded = recorded_models(connection)
                unrecorded = read_unrecorded(connection, document)
        finally:
            engine.dispose()
    return _Shelf(document, registry, recorded, unrecorded)


def _as_json(each: Unrecorded) -> JsonObject:
    return {
        "name": each.place.name,
        "what": each.place.kind.value,
        "said": each.said,
        "recorded": each.recorded,
        "serving": each.serving,
        "by_hand": each.by_hand,
    }


def _classes(labels: Sequence[str]) -> str:
    """The most sensitive, where all below it are among them, as they are nearly always."""
    known = [data_class.label for data_class in DataClass]
    if not labels:
        return "nothing"
    return labels[-1] if list(labels) == known[: len(labels)] else f"only {', '.join(labels)}"
