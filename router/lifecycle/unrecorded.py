"""Where models.yaml stands and no recorded move has brought it: an edit by hand, a new file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from router.config.yaml_document import YamlDocument
from router.errors import ConfigProblem
from router.lifecycle.moves import Move, MoveStatus, moves_of
from router.registry.card import LifecycleState
from router.registry.registry import Registry


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """`recorded` is where the moves left the version, None where there is no move of it."""

    model: str
    state: LifecycleState
    recorded: LifecycleState | None

    def __str__(self) -> str:
        where = "no move of it is" if self.recorded is None else f"{self.recorded} is what was"
        return f"{self.model} is {self.state} in models.yaml, and {where} recorded"


def unrecorded(registry: Registry, connection: Connection) -> tuple[Unrecorded, ...]:
    """Versions whose state has no recorded move. A candidate needs none: all begin as that."""
    last = {
        move.change.key: move for move in moves_of(connection) if move.status is MoveStatus.APPLIED
    }
    return tuple(
        Unrecorded(key, lifecycle.state, last[key].change.to_state if key in last else None)
        for key, entry in registry.entries.items()
        if not _is_recorded((lifecycle := entry.card.lifecycle).state, last.get(key))
    )


def warnings(
    registry: Registry, connection: Connection, document: YamlDocument
) -> Iterator[ConfigProblem]:
    """The same with the line of each, for the document that `registry` was built from."""
    keys = list(registry.entries)
    for found in unrecorded(registry, connection):
        yield document.problem(
            ("models", keys.index(found.model), "lifecycle", "state"),
            str(found),
            "bring it there by `ringfence models promote`; or answer for it as it is, by "
            "`ringfence models adopt`",
        )


def _is_recorded(state: LifecycleState, move: Move | None) -> bool:
    if move is None:
        return state is LifecycleState.CANDIDATE
    return move.change.to_state is state
