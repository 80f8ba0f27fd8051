"""Records as a gateway makes them: decision and outcome, each with its row and its entry."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Connection, Table

from router.audit.entries import Entry, EntryKind, append
from router.audit.record_content import decision_content, outcome_content
from router.audit.tables import decisions, outcomes
from router.domain import (
    Attempt,
    Basis,
    Capability,
    Classification,
    DataClass,
    Decision,
    Dialect,
    Endpoint,
    Exclusion,
    Finding,
    InferenceRequest,
    JsonObject,
    Location,
    ModelSpec,
    Outcome,
    OutcomeStatus,
    PlanStep,
    Price,
    Principal,
    Tier,
    Usage,
)
from router.store.deferred import insert_later

Work = Callable[[Connection], None]

_TEAMS = ("claims", "clinic", "default", "payments", "web")
_DIGEST = "sha256:" + "5" * 64
_MODEL = ModelSpec(
    id="private-model",
    version="1",
    dialect=Dialect.OPENAI,
    location=Location.ON_PREM,
    approved=frozenset(DataClass),
    residency=frozenset({"on-prem"}),
    capabilities=frozenset({Capability.CHAT}),
    context_tokens=100_000,
    price=Price(1.0, 2.0),
    upstream_model="private",
    origin=None,
    weights_digest=_DIGEST,
)
_CLASSIFICATION = Classification(
    DataClass.CONFIDENTIAL,
    (Basis.DETECTED,),
    (Finding("PERSON", 0, 0, 5, 0.9), Finding("EMAIL_ADDRESS", 0, 10, 30, 1.0)),
    "benchmark",
)
_DECISION = Decision(
    choice="auto",
    data_class=DataClass.CONFIDENTIAL,
    permitted=(_MODEL.key, "fast-model@1"),
    excluded=(Exclusion("openai-model@1", "class"), Exclusion("anthropic-model@1", "class")),
    plan=(PlanStep(_MODEL, Tier.PRIVATE),),
    reasons=("choice:auto", "class:confidential", "route:private"),
    policy_digest=_DIGEST,
)


def opening(request_id: str, number: int) -> Work:
    """The first half of the record; `number` says which team's it is."""
    request = InferenceRequest(
        request_id, Endpoint.CHAT, {"temperature": 0.2, "max_tokens": 256}, "auto", stream=True
    )
    team = _TEAMS[number % len(_TEAMS)]
    principal = Principal(f"key-of-{team}", team, DataClass.PUBLIC, frozenset(Tier))

    def write(connection: Connection) -> None:
        content = decision_content(request, principal, _CLASSIFICATION, _DECISION)
        _add(connection, EntryKind.DECISION, decisions, request_id, content)

    return write


def closing(request_id: str, number: int) -> Work:
    """The second half."""
    outcome = Outcome(
        request_id=request_id,
        status=OutcomeStatus.ANSWERED,
        http_status=200,
        error_code=None,
        model=_MODEL.key,
        weights_digest=_DIGEST,
        tier=Tier.PRIVATE,
        attempts=(Attempt(_MODEL.key, Tier.PRIVATE, "answered", 0.8),),
        usage=Usage(700 + number % 300, 200),
        cost_nano_usd=1_100_000,
        ttft_s=0.2,
        latency_s=0.8,
    )

    def write(connection: Connection) -> None:
        _add(connection, EntryKind.OUTCOME, outcomes, request_id, outcome_content(outcome))

    return write


def _add(
    connection: Connection, kind: EntryKind, table: Table, request_id: str, content: JsonObject
) -> None:
    now_s = time.time()
    row = {name: value for name, value in content.items() if name in table.c}
    insert_later(connection, table, row | {"request_id": request_id, "recorded_at_s": now_s})
    append(connection, Entry(kind, now_s, content, request_id))
