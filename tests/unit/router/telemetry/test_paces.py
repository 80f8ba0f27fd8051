"""How fast a model answers is known from what it answered lately, and forgotten in time."""

from __future__ import annotations

import pytest

from router.domain import (
    Dialect,
    Endpoint,
    Location,
    ModelSpec,
    Outcome,
    OutcomeStatus,
    Price,
    Usage,
)
from router.telemetry.ended import RequestEnded
from router.telemetry.paces import FORGOTTEN_AFTER_S, Paces
from router.telemetry.steps import Mark, Step

MODEL = ModelSpec(
    id="m",
    version="1",
    dialect=Dialect.OPENAI,
    location=Location.ON_PREM,
    approved=frozenset(),
    residency=frozenset(),
    capabilities=frozenset(),
    context_tokens=1_000,
    price=Price(0, 0),
    upstream_model="m",
    origin=None,
)


def ended(
    *,
    ttft_s: float | None,
    tokens: int = 101,
    stream: bool = True,
    delivering_s: float = 1.0,
    at_s: float = 100.0,
    status: OutcomeStatus = OutcomeStatus.ANSWERED,
) -> RequestEnded:
    outcome = Outcome(
        request_id="r",
        status=status,
        http_status=200,
        error_code=None,
        model=MODEL.key,
        weights_digest=None,
        tier=None,
        attempts=(),
        usage=Usage(10, tokens),
        cost_nano_usd=0,
        ttft_s=ttft_s,
        latency_s=2.0,
    )
    return RequestEnded(
        request_id="r",
        endpoint=Endpoint.CHAT,
        choice="auto",
        stream=stream,
        team="team",
        classification=None,
        outcome=outcome,
        model=MODEL,
        fallbacks=(),
        began_s=at_s - delivering_s - 1,
        ended_s=at_s,
        marks=(Mark(Step.DELIVER, at_s - delivering_s),),
    )


def test_a_stream_tells_of_its_first_token_and_of_the_others() -> None:
    paces = Paces()
    paces.request_ended(ended(ttft_s=0.4, tokens=101, delivering_s=2.0))
    pace = paces.lately(100.0)["m@1"]
    assert pace.ttft_s == pytest.approx(0.4)
    assert pace.tpot_s == pytest.approx(0.02)


def test_a_whole_answer_tells_of_its_tokens_alone() -> None:
    paces = Paces()
    paces.request_ended(ended(ttft_s=2.0, tokens=100, stream=False))
    assert paces.lately(100.0)["m@1"].ttft_s is None
    assert paces.lately(100.0)["m@1"].tpot_s == pytest.approx(0.02)


def test_one_slow_answer_among_many_moves_the_mean_by_a_fifth() -> None:
    paces = Paces()
    for _ in range(50):
        paces.request_ended(ended(ttft_s=1.0))
    paces.request_ended(ended(ttft_s=6.0))
    assert paces.lately(100.0)["m@1"].ttft_s == pytest.approx(2.0)


def test_what_is_long_ago_is_forgotten_so_that_the_model_is_asked_again() -> None:
    paces = Paces()
    paces.request_ended(ended(ttft_s=60.0))
    assert "m@1" in paces.lately(100.0 + FORGOTTEN_AFTER_S - 1)
    assert not paces.lately(100.0 + FORGOTTEN_AFTER_S)
    paces.request_ended(ended(ttft_s=1.0, at_s=100.0 + FORGOTTEN_AFTER_S))
    assert paces.lately(101.0 + FORGOTTEN_AFTER_S)["m@1"].ttft_s == 1.0


def test_what_failed_says_nothing_of_a_pace() -> None:
    paces = Paces()
    paces.request_ended(ended(ttft_s=9.0, status=OutcomeStatus.PARTIAL))
    paces.request_ended(ended(ttft_s=None))
    paces.request_ended(ended(ttft_s=1.0, tokens=0, stream=False))
    assert not paces.lately(100.0)
