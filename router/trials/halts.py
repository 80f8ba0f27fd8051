"""Halts of canaries, as they are recorded and as they stand.

The database is all that passes between the gateways: what one of them finds, all of them follow. A
halt holds until somebody resumes the canary, also for gateways that start meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from router.audit.acts import Act, record_act
from router.domain import JsonObject
from router.trials.tables import canary_halts

HALTED_ACT = "canary.halted"
RESUMED_ACT = "canary.resumed"


@dataclass(frozen=True, slots=True)
class Halt:
    model: str
    halted_at_s: float
    evidence: JsonObject


@dataclass(frozen=True, slots=True)
class PastHalt(Halt):
    """`resumed_at_s` is None for one that has not been ended."""

    resumed_at_s: float | None


def halts_now(connection: Connection) -> list[Halt]:
    """All that have not been ended, by model."""
    columns = canary_halts.c
    rows = connection.execute(
        select(columns.model, columns.halted_at_s, columns.evidence)
        .where(columns.resumed_at_s.is_(None))
        .order_by(columns.model)
    ).mappings()
    return [Halt(**row) for row in rows]


def halts_ever(connection: Connection) -> list[PastHalt]:
    """The oldest first, also of versions that are no canaries any more."""
    columns = canary_halts.c
    rows = connection.execute(
        select(columns.model, columns.halted_at_s, columns.evidence, columns.resumed_at_s).order_by(
            columns.halted_at_s, columns.model
        )
    ).mappings()
    return [PastHalt(**row) for row in rows]


def resumed_at(connection: Connection) -> dict[str, float]:
    """When each canary that was halted before was resumed last."""
    columns = canary_halts.c
    rows = connection.execute(
        select(columns.model, func.max(columns.resumed_at_s))
        .where(columns.resumed_at_s.is_not(None))
        .group_by(columns.model)
    )
    return {model: at_s for model, at_s in rows}  # noqa: C416 -- rows are no pairs to a type checker


def halt(connection: Connection, model: str, evidence: JsonObject, now_s: float) -> bool:
    """Halts a canary, and puts that in the log; False where somebody else has done so before."""
    if any(found.model == model for found in halts_now(connection)):
        return False
    connection.execute(
        insert(canary_halts), [{"model": model, "halted_at_s": now_s, "evidence": evidence}]
    )
    act = Act(
        HALTED_ACT,
        actor="cluster",
        reason="it is bad more often than its champion",
        details={"model": model, "evidence": evidence},
    )
    record_act(connection, act, now_s)
    return True


def resume(connection: Connection, model: str, actor: str, reason: str, now_s: float) -> bool:
    """Lets a canary take requests again, and be tested anew; False where it was not halted."""
    columns = canary_halts.c
    ended = connection.execute(
        update(canary_halts)
        .where(columns.model == model, columns.resumed_at_s.is_(None))
        .values(resumed_at_s=now_s)
    )
    if not ended.rowcount:
        return False
    record_act(connection, Act(RESUMED_ACT, actor, reason, {"model": model}), now_s)
    return True
