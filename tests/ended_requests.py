"""Requests that are over, for tests of what is told of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from router.domain import (
    Attempt,
    Basis,
    Capability,
    Classification,
    DataClass,
    Dialect,
    Endpoint,
    Finding,
    Location,
    ModelSpec,
    Outcome,
    OutcomeStatus,
    Price,
    Tier,
    Usage,
)
from router.telemetry.ended import RequestEnded
from router.telemetry.steps import Mark, Step

REQUEST_ID = "0199f0a4-7d4e-7cc1-9f3e-3f6a4c0d5e21"

MODEL = ModelSpec(
    id="large",
    version="2",
    dialect=Dialect.OPENAI,
    location=Location.ON_PREM,
    approved=frozenset(DataClass),
    residency=frozenset({"on-prem"}),
    capabilities=frozenset({Capability.CHAT}),
    context_tokens=1_000,
    price=Price(1.0, 2.0),
    upstream_model="large",
    origin=None,
)


def ended_request(**changes: Any) -> RequestEnded:
    """A stream that `large@2` answered after `small@1` had failed, 100 s after the clock began."""
    outcome = Outcome(
        request_id=REQUEST_ID,
        status=OutcomeStatus.ANSWERED,
        http_status=200,
        error_code=None,
        model=MODEL.key,
        weights_digest=None,
        tier=Tier.PRIVATE,
        attempts=(
            Attempt("small@1", Tier.FAST, "BackendUnreachable", 0.25, None, 100.25),
            Attempt(MODEL.key, Tier.PRIVATE, "answered", 0.25, None, 100.75),
        ),
        usage=Usage(input_tokens=30, output_tokens=11),
        cost_nano_usd=52_000,
        ttft_s=0.25,
        latency_s=3.0,
    )
    whole = RequestEnded(
        request_id=REQUEST_ID,
        endpoint=Endpoint.CHAT,
        choice="auto",
        stream=True,
        team="clinic",
        classification=Classification(
            DataClass.RESTRICTED,
            (Basis.DETECTED,),
            (Finding("PERSON", 0, 3, 9, 0.9), Finding("PERSON", 1, 0, 4, 0.9)),
            "fake/1",
        ),
        outcome=outcome,
        model=MODEL,
        fallbacks=("small@1",),
        began_s=100.0,
        ended_s=103.5,
        marks=(
            Mark(Step.CLASSIFY, 100.0),
            Mark(Step.DECIDE, 100.125),
            Mark(Step.RECORD, 100.125),
            Mark(Step.DISPATCH, 100.25),
            Mark(Step.DELIVER, 101.0),
            Mark(Step.CLOSE, 103.0),
        ),
    )
    return replace(whole, **changes)
