"""Rows of requests as they are recorded, for tests of what is made of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert

from router.audit.tables import decisions, outcomes
from router.feedback.tables import feedback

CHAMPION, CANARY = "tiny@1", "tiny@2"


def decide(connection: Connection, request_id: str, first: str, at_s: float, **more: Any) -> None:
    """A decision for `first`; a canary's has its champion behind it."""
    row: dict[str, Any] = {
        "request_id": request_id,
        "recorded_at_s": at_s,
        "team": "claims",
        "key_id": "k",
        "endpoint": "chat/completions",
        "choice": "auto",
        "stream": False,
        "private_only": False,
        "data_class": "internal",
        "basis": [],
        "entity_counts": {},
        "detector_version": "v",
        "permitted": [CHAMPION, CANARY],
        "excluded": [],
        "plan": list(dict.fromkeys([first, CHAMPION])),
        "reasons": [],
        "policy_digest": "d",
        "exceptions": [],
    }
    connection.execute(insert(decisions), [row | more])


def end(
    connection: Connection,
    request_id: str,
    model: str | None,
    at_s: float,
    status: str = "answered",
    attempts: list[dict[str, Any]] | None = None,
    error_code: str | None = None,
) -> None:
    row: dict[str, Any] = {
        "request_id": request_id,
        "recorded_at_s": at_s,
        "status": status,
        "http_status": 200,
        "error_code": error_code,
        "model": model,
        "attempts": attempts or [],
        "input_tokens": 1,
        "output_tokens": 1,
        "cost_nano_usd": 1,
        "latency_s": 1.0,
        "dropped_fields": [],
        "output_findings": {},
        "output_undetermined": False,
    }
    connection.execute(insert(outcomes), [row])


def say(connection: Connection, request_id: str, label: str, at_s: float, by: str = "k") -> None:
    row: dict[str, Any] = {
        "id": f"{request_id}-{by}-{label}",
        "request_id": request_id,
        "key_id": by,
        "digest": label,
        "given_at_s": at_s,
        "label": label,
    }
    connection.execute(insert(feedback), [row])
