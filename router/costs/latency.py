"""How long models took to answer, out of the records of a time."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from sqlalchemy import Connection, select

from router.audit.tables import decisions, outcomes
from router.costs.query import Span, rows, within
from router.domain import OutcomeStatus


@dataclass(frozen=True, slots=True)
class Latency:
    """To the last token, of `requests` that a model answered whole."""

    requests: int
    mean_s: float
    p50_s: float
    p95_s: float


def latencies(connection: Connection, span: Span) -> dict[str, Latency]:
    """By the model's key, with queues and failed attempts before it in them.

    Takes eight bytes a request: a database would sort them once for every percentile.
    """
    query = (
        select(outcomes.c.model, outcomes.c.latency_s)
        .join_from(decisions, outcomes, outcomes.c.request_id == decisions.c.request_id)
        .where(
            *within(span),
            outcomes.c.status == OutcomeStatus.ANSWERED.value,
            outcomes.c.model.is_not(None),
        )
    )
    took: dict[str, array[float]] = {}
    for model, latency_s in rows(connection, query):
        took.setdefault(model, array("d")).append(latency_s)
    return {model: _latency(sorted(of_model)) for model, of_model in took.items()}


def _latency(in_order: list[float]) -> Latency:
    count = len(in_order)
    # Nearest rank: the smallest value that the share of them does not exceed.
    p50_s, p95_s = (in_order[-(-count * percent // 100) - 1] for percent in (50, 95))
    return Latency(count, sum(in_order) / count, p50_s, p95_s)
