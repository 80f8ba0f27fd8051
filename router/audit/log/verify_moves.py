"""Moves of models: rows of `model_moves` against the acts that say the same.

Each was proposed by an act, and ended by another one or waits. Who reads the table believes it: a
rollback goes where it says, and models.yaml is held to it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection, exists, select

from router.audit.entries import EntryKind
from router.audit.log.faults import Faults
from router.audit.log.verify_read import read, stored
from router.audit.tables import audit_entries, audit_pending
from router.lifecycle.move import MOVED, PROPOSED, REFUSED
from router.lifecycle.moves import MoveStatus
from router.lifecycle.tables import model_moves

_Columns: TypeAlias = Mapping[str, Any]

_ENDS = {MOVED: MoveStatus.APPLIED.value, REFUSED: MoveStatus.REFUSED.value}
_ACTS = (PROPOSED, *_ENDS)
_PROPOSED, _ENDED = "proposed", "ended"
_WAITS = {
    "status": MoveStatus.WAITING.value,
    "decided_by": None,
    "decided_at_s": None,
    "file_sha256": None,
}
_SAME = {
    "kind": "kind",
    "from": "from_state",
    "to": "to_state",
    "canary_share": "canary_share",
    "champion_before": "champion_before",
    "champion_after": "champion_after",
    "candidate_after": "candidate_after",
    "entry_sha256": "entry_sha256",
    "proposed_by": "proposed_by",
    "models_sha256": "file_sha256",
}
"""What an act says of a move, and the column that says so, too. An older act lacks some."""

_NAMES = [column.name for column in model_moves.c]
_ROWS = select(*(stored(column) for column in model_moves.c))
_WAITING_ACTS = (
    select(stored(audit_entries.c.id), stored(audit_entries.c.body))
    .join(audit_pending, audit_pending.c.entry_id == audit_entries.c.id)
    .where(audit_entries.c.kind == EntryKind.ACT.value)
)
_NOT_JSON = object()


@dataclass(frozen=True, slots=True)
class _Act:
    """`columns` is what the move's row has to have for it."""

    seq: int | None
    entry_id: str
    name: str
    move_id: str
    columns: _Columns

    @property
    def step(self) -> str:
        return _ENDED if self.name in _ENDS else _PROPOSED

    def wrong(self, faults: Faults, problem: str) -> None:
        where = "waiting" if self.seq is None else f"place {self.seq}"
        said = f"{problem} (the move {self.move_id})"
        faults.add(where, said, seq=self.seq, entry_id=self.entry_id)


class MoveCheck:
    """Collects the acts about moves, and holds the table to them once all are read.

    Moves are made meanwhile, too. So the table is read before the log and again after it, and what
    has changed is left to the next verification; of what has not, every act has been read: those
    that wait are looked at here first, for they may get their places beyond the end that is read.
    """

    def __init__(self, connection: Connection, faults: Faults) -> None:
        self._faults = faults
        self._before = _rows(connection)
        self._acts: dict[str, _Act] = {}
        for entry_id, body in read(connection, _WAITING_ACTS):
            self.add(None, entry_id, _parsed(body))

    def add(self, seq: int | None, entry_id: str, said: object) -> None:
        """An entry; of one that waited first and has its place since, the place counts."""
        if isinstance(said, dict) and said.get("act") in _ACTS:
            self._acts[entry_id] = _act(seq, entry_id, said)

    def judge(self, connection: Connection) -> int:
        """Names moves that are not what their acts say; counts those that lack one to pruning."""
        now = _rows(connection)
        same = {move_id: row for move_id, row in now.items() if row == self._before.get(move_id)}
        of_moves: dict[object, dict[str, _Act]] = {move_id: {} for move_id in same}
        for act in sorted(self._acts.values(), key=_place):
            if act.move_id not in now:
                act.wrong(self._faults, "it has no row in model_moves")
            elif act.move_id in same:
                self._hold_to(act, same[act.move_id], of_moves[act.move_id])
        return sum(self._lacks(connection, row, of_moves[at]) for at, row in same.items())

    def _hold_to(self, act: _Act, row: _Columns, others: dict[str, _Act]) -> None:
        if others.setdefault(act.step, act) is not act:
            act.wrong(self._faults, "there is such an act of it already")
            return
        for name, value in act.columns.items():
            if row[name] != value:
                act.wrong(self._faults, f"model_moves and the entry differ in {name}")

    def _lacks(self, connection: Connection, row: _Columns, acts: Mapping[str, _Act]) -> bool:
        """Whether an act is missing and may have been pruned: one of its time was."""
        missing = []
        if _PROPOSED not in acts:
            missing.append((_PROPOSED, row["proposed_at_s"]))
        if _ENDED not in acts and any(row[name] != value for name, value in _WAITS.items()):
            missing.append((_ENDED, row["decided_at_s"]))
        pruned = [_is_pruned(connection, at_s) for _, at_s in missing]
        for (what, _), gone in zip(missing, pruned, strict=True):
            if not gone:
                problem = f"no act in the log says that it was {what} as it is there"
                self._faults.add(f"move {row['id']} in model_moves", problem)
        return any(pruned)


def _place(act: _Act) -> float:
    return math.inf if act.seq is None else act.seq


def _act(seq: int | None, entry_id: str, said: Mapping[str, Any]) -> _Act:
    details = said.get("details")
    details = details if isinstance(details, dict) else {}
    move_id = details.get("move")
    columns = dict(_columns(said, details))
    return _Act(seq, entry_id, said["act"], move_id if isinstance(move_id, str) else "", columns)


def _columns(said: Mapping[str, Any], details: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for name, column in _SAME.items():
        if name in details:
            yield column, details[name]
    if isinstance(model := details.get("model"), str):
        model_id, _, version = model.partition("@")
        yield from (("model_id", model_id), ("version", version))
    if "evidence" in details:
        yield "evidence", _evidence(details["evidence"])
    name, actor, at_s = said["act"], said.get("actor"), said.get("recorded_at_s")
    if name in _ENDS:
        yield from (("status", _ENDS[name]), ("decided_by", actor))
        # Acts of before the digest was in them may be earlier than their rows: a clock set back.
        if name != MOVED or "entry_sha256" in details:
            yield "decided_at_s", at_s
    else:
        yield from (("proposed_by", actor), ("proposed_at_s", at_s))
    if name == REFUSED:
        yield "file_sha256", None  # and the act's reason is that of the refusal
    else:
        yield "reason", said.get("reason")


def _evidence(said: Any) -> object:
    """As the table has it."""
    try:
        return [
            {"kind": item["kind"], "path": item["record"], "sha256": item["sha256"]}
            for item in said
        ]
    except (LookupError, TypeError):
        return said


def _rows(connection: Connection) -> dict[object, dict[str, Any]]:
    """All moves by their ids; every move is a person's act, and so there are few."""
    rows = (dict(zip(_NAMES, row, strict=True)) for row in read(connection, _ROWS))
    return {row["id"]: row | {"evidence": _parsed(row["evidence"])} for row in rows}


def _parsed(text: object) -> object:
    try:
        return json.loads(text) if isinstance(text, str | bytes) else _NOT_JSON
    except (RecursionError, ValueError):
        return _NOT_JSON


def _is_pruned(connection: Connection, at_s: object) -> bool:
    """Whether there was an act at this time whose body has been pruned: its columns are left."""
    if not isinstance(at_s, float):
        return False
    entry = audit_entries.c
    gone = (
        (entry.kind == EntryKind.ACT.value) & entry.body.is_(None) & (entry.recorded_at_s == at_s)
    )
    return bool(connection.scalar(select(exists().where(gone))))
