"""Moves as the database keeps them: who wanted one, on what evidence, and what became of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from router.lifecycle.evidence import Evidence
from router.lifecycle.plan import Change, MoveKind
from router.lifecycle.requirements import EvidenceKind, MoveRefused
from router.lifecycle.tables import model_moves
from router.registry.card import LifecycleState


class MoveStatus(StrEnum):
    WAITING = "waiting"
    APPLIED = "applied"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Move:
    """`decided_by` made the move or refused it; for one that takes one person, who proposed it.

    `entry_sha256` is what models.yaml said of the model when it was proposed (`entry_digest`),
    `file_sha256` the whole file as the move left it.
    """

    id: str
    change: Change
    reason: str
    evidence: tuple[Evidence, ...]
    entry_sha256: str
    proposed_by: str
    proposed_at_s: float
    status: MoveStatus = MoveStatus.WAITING
    decided_by: str | None = None
    decided_at_s: float | None = None
    file_sha256: str | None = None


def add(connection: Connection, move: Move) -> None:
    change = {
        name: value.value if isinstance(value, StrEnum) else value
        for name, value in asdict(move.change).items()
    }
    row = {name: getattr(move, name) for name in _OWN}
    evidence = [asdict(item) | {"kind": item.kind.value} for item in move.evidence]
    said = {"status": move.status.value, "evidence": evidence}
    connection.execute(insert(model_moves), [change | row | said])


def decide(
    connection: Connection,
    move: Move,
    status: MoveStatus,
    *,
    by: str,
    now_s: float,
    file_sha256: str | None = None,
) -> Move:
    """Ends a move that waits. Raises MoveRefused for one that somebody has decided meanwhile."""
    decided = replace(
        move, status=status, decided_by=by, decided_at_s=now_s, file_sha256=file_sha256
    )
    waits = (model_moves.c.id == move.id) & (model_moves.c.status == MoveStatus.WAITING.value)
    written = {
        "status": status.value,
        "decided_by": by,
        "decided_at_s": now_s,
        "file_sha256": file_sha256,
    }
    if connection.execute(update(model_moves).where(waits).values(written)).rowcount != 1:
        raise MoveRefused("the move does not wait any more: ringfence models list")
    return decided


def read(connection: Connection, move_id: str) -> Move:
    """Raises MoveRefused for an id of no move."""
    row = connection.execute(select(model_moves).where(model_moves.c.id == move_id)).one_or_none()
    if row is None:
        raise MoveRefused("there is no such move: ringfence models list")
    return _move(row)


def moves_of(connection: Connection, model_id: str | None = None) -> Sequence[Move]:
    """All moves, or those of one id's versions, in the order in which they were proposed."""
    order = (model_moves.c.proposed_at_s, model_moves.c.id)
    query = select(model_moves).order_by(*order)
    if model_id is not None:
        query = query.where(model_moves.c.model_id == model_id)
    return [_move(row) for row in connection.execute(query)]


def next_s(connection: Connection, move: Move, now_s: float) -> float:
    """When this move is made: now, or just after the last of its model, which was before it.

    Moves are put in order by their times (`made`), and clocks are set back.
    """
    decided_at_s = model_moves.c.decided_at_s
    of_model = model_moves.c.model_id == move.change.model_id
    last_s = connection.scalar(select(func.max(decided_at_s)).where(of_model))
    return now_s if last_s is None else max(now_s, math.nextafter(last_s, math.inf))


def made(moves: Sequence[Move]) -> Sequence[Move]:
    """Those that were made, in the order in which that was: an older proposal may come later."""
    applied = [move for move in moves if move.status is MoveStatus.APPLIED]
    return sorted(applied, key=lambda move: move.decided_at_s or move.proposed_at_s)


def version_before(moves: Sequence[Move], champion: str) -> str | None:
    """The champion before `champion`, as the move says that made that one it; None for no move.

    What a rollback did is not asked: two rollbacks go back two versions, not back and forth.
    """
    for move in reversed(made(moves)):
        change = move.change
        if (
            change.kind is MoveKind.PROMOTE
            and change.champion_after == champion
            and change.champion_before != champion
        ):
            return change.champion_before
    return None


_OWN = (
    "id",
    "reason",
    "entry_sha256",
    "proposed_by",
    "proposed_at_s",
    "decided_by",
    "decided_at_s",
    "file_sha256",
)


def _move(row: Row[Any]) -> Move:
    said = row._mapping
    return Move(
        **{name: said[name] for name in _OWN},
        status=MoveStatus(said["status"]),
        change=Change(
            kind=MoveKind(said["kind"]),
            model_id=said["model_id"],
            version=said["version"],
            from_state=LifecycleState(said["from_state"]),
            to_state=LifecycleState(said["to_state"]),
            canary_share=said["canary_share"],
            champion_before=said["champion_before"],
            champion_after=said["champion_after"],
            candidate_after=said["candidate_after"],
        ),
        evidence=tuple(
            Evidence(EvidenceKind(item["kind"]), item["path"], item["sha256"])
            for item in said["evidence"]
        ),
    )
