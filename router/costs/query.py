"""What the database is asked for costs: sums, a day at a time, and the few rows that sums lose."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, cast, func, select

from router.audit.tables import decisions, outcomes
from router.costs.cell import NO_MODEL, UNKNOWN, Cell
from router.domain import Endpoint
from router.feedback.feedback import worth
from router.feedback.tables import feedback
from router.task import Escalation

SECONDS_PER_DAY = 86_400
_ROWS_AT_A_TIME = 1_000
_ESCALATION = tuple(each.name for each in fields(Escalation))


@dataclass(frozen=True, slots=True)
class Span:
    """Requests decided from `from_s` on and before `to_s`, of one team where it is named."""

    from_s: float
    to_s: float
    team: str | None = None

    @property
    def days(self) -> Iterator[Span]:
        """Its days in UTC, each as far as it is in the span."""
        begin_s = self.from_s
        while begin_s < self.to_s:
            end_s = min(self.to_s, (begin_s // SECONDS_PER_DAY + 1) * SECONDS_PER_DAY)
            yield Span(begin_s, end_s, self.team)
            begin_s = end_s


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one key said last of one answer, in [0, 1]."""

    request_id: str
    task: str
    model: str
    worth: float


@dataclass(frozen=True, slots=True)
class Tried:
    """A request for which a cheaper model was tried first. Tokens and cost are all of it."""

    request_id: str
    escalation: Escalation
    input_tokens: int
    output_tokens: int
    cost_nano_usd: int


def cells(connection: Connection, day: Span) -> Iterator[Cell]:
    """The sums of one day, of requests that have their outcome. Reads each row of it once."""
    permitted = cast(decisions.c.permitted, String)
    keys: tuple[ColumnElement[Any], ...] = (
        decisions.c.team,
        outcomes.c.model,
        outcomes.c.tier,
        decisions.c.task,
        decisions.c.endpoint,
        permitted,
    )
    query = (
        select(
            *keys,
            func.count(),
            func.sum(outcomes.c.input_tokens),
            func.sum(outcomes.c.output_tokens),
            func.sum(outcomes.c.cost_nano_usd),
        )
        .join_from(decisions, outcomes, outcomes.c.request_id == decisions.c.request_id)
        .where(*within(day))
        .group_by(*keys)
    )
    name = datetime.fromtimestamp(day.from_s, UTC).date().isoformat()
    for team, model, tier, task, endpoint, allowed, count, *sums in connection.execute(query):
        # PostgreSQL adds up into decimals.
        input_tokens, output_tokens, cost_nano_usd = map(int, sums)
        yield Cell(
            day=name,
            team=team,
            model=model or NO_MODEL,
            tier=tier or UNKNOWN,
            task=_task(task, endpoint),
            permitted=frozenset(json.loads(allowed)),
            requests=count,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            cost_nano_usd=cost_nano_usd,
        )


def opinions(connection: Connection, span: Span) -> Iterator[Opinion]:
    """What was said of the span's requests, whenever it was; of each key what it said last."""
    query = (
        select(
            feedback.c.request_id,
            feedback.c.key_id,
            feedback.c.score,
            feedback.c.label,
            decisions.c.task,
            decisions.c.endpoint,
            outcomes.c.model,
        )
        .join_from(feedback, decisions, decisions.c.request_id == feedback.c.request_id)
        .join(outcomes, outcomes.c.request_id == decisions.c.request_id)
        .where(*within(span), outcomes.c.model.is_not(None))
        .order_by(
            feedback.c.request_id, feedback.c.key_id, feedback.c.given_at_s.desc(), feedback.c.id
        )
    )
    said: tuple[str, str] | None = None
    for row in rows(connection, query):
        good = worth(row.score, row.label)
        # A comment alone takes nothing back.
        if good is None or said == (row.request_id, row.key_id):
            continue
        said = (row.request_id, row.key_id)
        yield Opinion(row.request_id, _task(row.task, row.endpoint), row.model, good)


def tried(connection: Connection, span: Span) -> Iterator[Tried]:
    """The span's requests for which a cheaper model was tried first, oldest first."""
    query = (
        select(
            decisions.c.request_id,
            outcomes.c.escalation,
            outcomes.c.input_tokens,
            outcomes.c.output_tokens,
            outcomes.c.cost_nano_usd,
        )
        .join_from(decisions, outcomes, outcomes.c.request_id == decisions.c.request_id)
        # Nothing is written as NULL by older releases, and as JSON's null by this one.
        .where(*within(span), cast(outcomes.c.escalation, String) != "null")
        .order_by(decisions.c.recorded_at_s)
    )
    for row in rows(connection, query):
        yield Tried(
            row.request_id,
            _escalation(row.escalation),
            row.input_tokens,
            row.output_tokens,
            row.cost_nano_usd,
        )


def _escalation(said: Mapping[str, Any]) -> Escalation:
    """A gateway of a later release may say more."""
    return Escalation(**{name: said[name] for name in _ESCALATION if name in said})


def within(span: Span) -> Iterator[ColumnElement[bool]]:
    """Of a row of `decisions`: it is of the span."""
    yield decisions.c.recorded_at_s >= span.from_s
    yield decisions.c.recorded_at_s < span.to_s
    if span.team is not None:
        yield decisions.c.team == span.team


def rows(connection: Connection, query: Any) -> Iterator[Any]:
    """Read as they are used."""
    yield from connection.execution_options(yield_per=_ROWS_AT_A_TIME).execute(query)


def _task(task: str | None, endpoint: str) -> str:
    """Vectors are no answers: whatever they are for, they are counted apart."""
    return "embeddings" if endpoint == Endpoint.EMBEDDINGS else task or UNKNOWN
