"""A registry with a canary, and rows of requests as they are recorded, for tests of what is made of
them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, insert

from router.audit.tables import decisions, outcomes
from router.feedback.tables import feedback
from router.trials.tables import canary_observations
from tests.unit.router.lifecycle.models_file import MODELS, policy_text

CHAMPION, CANARY = "tiny@1", "tiny@2"


def write_files(
    directory: Path, *, share: float, since: str = "2026-01-01", also: str | None = None
) -> tuple[Path, Path]:
    """models.yaml with the canary beside its champion, and a policy with both in every tier.

    `also` is another id, with a canary of its own, that stands behind them in models.yaml.
    """
    document: Any = yaml.safe_load(MODELS)
    lifecycle = {"state": "canary", "since": since, "canary_share": share}
    document["models"][1]["lifecycle"] = lifecycle
    document["aliases"] = {"tiny": {"champion": "1", "candidate": "2"}}
    if also is not None:
        document["models"] += [{**model, "id": also} for model in document["models"]]
        document["aliases"][also] = document["aliases"]["tiny"]
    models, policy = directory / "models.yaml", directory / "policy.yaml"
    models.write_text(yaml.dump(document))
    policy.write_text(policy_text())
    return models, policy


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


def observe(
    connection: Connection, request_id: str, version: str, at_s: float, **more: Any
) -> None:
    """What came of a request that is recorded: an answer of that version's, well enough.

    `conversation` is any name of it, by default the request's own.
    """
    conversation = more.pop("conversation", request_id)
    row = {
        "request_id": request_id,
        "recorded_at_s": at_s,
        "canary": CANARY,
        "champion": CHAMPION,
        "conversation": hashlib.sha256(conversation.encode()).digest()[:16],
        "by_canary": version == CANARY,
        "bad": False,
        "answered": True,
    }
    connection.execute(insert(canary_observations), [row | more])


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
