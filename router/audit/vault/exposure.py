"""What went out: which requests reached models outside, when, of whom, and what was in them.

From `decisions` and `outcomes`, a row at a time: memory grows with what went out alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, RowMapping, String, and_, cast, or_, select

from router.audit.tables import decisions, outcomes
from router.store.database import reading

NOTHING_SENT = frozenset({"EgressRefused", "breaker_open", "queued", "no_room"})
"""Outcomes of attempts in which no byte has left."""

_FETCH = 1_000


@dataclass(frozen=True, slots=True)
class Outside:
    """What counts as going out: an attempt at one of these origins, or one of these models.

    `origins` are as attempts name them; `models` are registry keys, for those that have moved.
    """

    origins: frozenset[str]
    models: frozenset[str] = frozenset()

    def takes(self, model: str, origin: str | None) -> bool:
        return model in self.models or origin in self.origins


@dataclass(frozen=True, slots=True)
class Row:
    """What went to one model in one day (UTC) of one team and class.

    `answered` of the `requests` were answered by it: tokens and money are theirs. The others it was
    sent, and may have read. `entity_counts` adds up what was found in all of them.
    """

    day: str
    team: str
    data_class: str
    model: str
    requests: int
    answered: int
    input_tokens: int
    output_tokens: int
    cost_nano_usd: int
    entity_counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Exposure:
    """`unfinished` have no outcome, and a plan with a model outside: they may have gone out."""

    rows: tuple[Row, ...]
    request_ids: tuple[str, ...]
    unfinished: tuple[str, ...]


@dataclass(slots=True)
class _Sum:
    requests: int = 0
    answered: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_nano_usd: int = 0
    entity_counts: Counter[str] = field(default_factory=Counter)


def exposure(
    engine: Engine, outside: Outside, from_s: float, to_s: float, team: str | None = None
) -> Exposure:
    """Requests decided from `from_s` on and before `to_s` that went outside. Blocks; only reads."""
    sums: dict[tuple[str, str, str, str], _Sum] = {}
    request_ids: list[str] = []
    unfinished: list[str] = []
    for row in _candidates(engine, outside, from_s, to_s, team):
        if row["attempts"] is None:
            if not outside.models.isdisjoint(row["plan"]):
                unfinished.append(row["request_id"])
            continue
        reached = _reached(row["attempts"], outside)
        if reached:
            request_ids.append(row["request_id"])
        for model in reached:
            day = datetime.fromtimestamp(row["recorded_at_s"], UTC).date().isoformat()
            key = (day, row["team"], row["data_class"], model)
            _add(sums.setdefault(key, _Sum()), row, model)
    rows = tuple(
        Row(
            *key,
            requests=each.requests,
            answered=each.answered,
            input_tokens=each.input_tokens,
            output_tokens=each.output_tokens,
            cost_nano_usd=each.cost_nano_usd,
            entity_counts=dict(sorted(each.entity_counts.items())),
        )
        for key, each in sorted(sums.items())
    )
    return Exposure(rows, tuple(request_ids), tuple(unfinished))


def _reached(attempts: list[dict[str, Any]], outside: Outside) -> Collection[str]:
    """The models outside that were sent the request, in the order of the first try of each."""
    return dict.fromkeys(
        attempt["model"]
        for attempt in attempts
        if attempt["outcome"] not in NOTHING_SENT
        and outside.takes(attempt["model"], attempt.get("origin"))
    )


def _add(total: _Sum, row: RowMapping, model: str) -> None:
    total.requests += 1
    total.entity_counts.update(row["entity_counts"])
    if row["model"] == model:
        total.answered += 1
        total.input_tokens += row["input_tokens"]
        total.output_tokens += row["output_tokens"]
        total.cost_nano_usd += row["cost_nano_usd"]


def _candidates(
    engine: Engine, outside: Outside, from_s: float, to_s: float, team: str | None
) -> Iterator[RowMapping]:
    when = decisions.c.recorded_at_s
    condition = and_(when >= from_s, when < to_s, _may_have_gone(outside))
    if team is not None:
        condition = and_(condition, decisions.c.team == team)
    query = (
        select(
            decisions.c.request_id,
            when,
            decisions.c.team,
            decisions.c.data_class,
            decisions.c.entity_counts,
            decisions.c.plan,
            outcomes.c.attempts,
            outcomes.c.model,
            outcomes.c.input_tokens,
            outcomes.c.output_tokens,
            outcomes.c.cost_nano_usd,
        )
        .outerjoin(outcomes, outcomes.c.request_id == decisions.c.request_id)
        .where(condition)
        .order_by(when, decisions.c.request_id)
    )
    with reading(engine).connect() as connection:
        streamed = connection.execution_options(yield_per=_FETCH).execute(query)
        yield from streamed.mappings()


def _may_have_gone(outside: Outside) -> ColumnElement[bool]:
    """Leaves most of what stayed inside to the database; `_reached` decides."""
    attempts = cast(outcomes.c.attempts, String)
    names = sorted(outside.origins | outside.models)
    return or_(
        outcomes.c.request_id.is_(None),
        *(attempts.contains(name, autoescape=True) for name in names),
    )
