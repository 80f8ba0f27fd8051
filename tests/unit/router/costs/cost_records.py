"""Records of requests as gateways leave them, one a call, in a database of the test's own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, insert

from router.audit.tables import decisions, outcomes
from router.feedback.tables import feedback
from router.ids import new_id

MIDNIGHT_S = 1_763_769_600.0
"""2025-11-22, 00:00 in UTC."""
DAY_S = 86_400.0


def record(engine: Engine, at_s: float = MIDNIGHT_S, **said: Any) -> str:
    """Columns of either table by name; returns the id of the request."""
    request_id = new_id()
    decision = {
        "request_id": request_id,
        "recorded_at_s": at_s,
        "team": "claims",
        "key_id": "key-1",
        "endpoint": "chat/completions",
        "choice": "auto",
        "stream": False,
        "private_only": False,
        "data_class": "internal",
        "basis": ["detected"],
        "entity_counts": {},
        "detector_version": "v",
        "permitted": ["small@1", "large@1"],
        "excluded": [],
        "plan": ["small@1", "large@1"],
        "reasons": [],
        "policy_digest": "d",
        "exceptions": [],
        "task": "maths",
        "task_basis": "rule",
    }
    outcome = {
        "request_id": request_id,
        "recorded_at_s": at_s,
        "status": "answered",
        "http_status": 200,
        "model": "small@1",
        "tier": "fast",
        "attempts": [],
        "input_tokens": 100,
        "output_tokens": 50,
        "cost_nano_usd": 200_000,
        "latency_s": 1.0,
        "dropped_fields": [],
        "output_findings": {},
        "output_undetermined": False,
        "escalation": None,
    }
    unknown = said.keys() - decision.keys() - outcome.keys()
    assert not unknown, f"no columns: {unknown}"
    with engine.begin() as connection:
        for table, row in ((decisions, decision), (outcomes, outcome)):
            connection.execute(insert(table), [row | {k: v for k, v in said.items() if k in row}])
    return request_id


def opinion(
    engine: Engine,
    request_id: str,
    score: float | None,
    label: str | None = None,
    *,
    key_id: str = "key-1",
    at_s: float = MIDNIGHT_S,
) -> None:
    row = {
        "id": new_id(),
        "request_id": request_id,
        "key_id": key_id,
        "digest": new_id(),
        "given_at_s": at_s,
        "score": score,
        "label": label,
        "text_part": None,
    }
    with engine.begin() as connection:
        connection.execute(insert(feedback), [row])
