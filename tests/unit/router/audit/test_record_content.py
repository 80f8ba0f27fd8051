"""A record leaves out nothing of what became of a request."""

from __future__ import annotations

from dataclasses import fields, replace

from router.audit.record_content import outcome_content
from router.domain import Attempt, Outcome, OutcomeStatus, Tier, Usage

OUTCOME = Outcome(
    request_id="0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c",
    status=OutcomeStatus.ANSWERED,
    http_status=200,
    error_code=None,
    model="private-model@1",
    weights_digest=None,
    tier=Tier.PRIVATE,
    attempts=(Attempt("private-model@1", Tier.PRIVATE, "answered", 0.8),),
    usage=Usage(700, 200),
    cost_nano_usd=1,
    ttft_s=0.2,
    latency_s=0.8,
)


def test_every_field_of_an_outcome_is_recorded() -> None:
    content = outcome_content(OUTCOME)

    names = {field.name for field in fields(Outcome)} - {"request_id", "usage"}
    assert set(content) == names | {"input_tokens", "output_tokens"}


def test_every_field_of_an_attempt_is_recorded_and_what_it_took_where_it_answered_beside() -> None:
    [attempt] = OUTCOME.attempts
    beside = replace(attempt, outcome="discarded", usage=Usage(3, 4), cost_nano_usd=5)
    recorded = outcome_content(replace(OUTCOME, attempts=(attempt, beside)))["attempts"]

    assert isinstance(recorded, list)
    plain, taken = (set(each) for each in recorded if isinstance(each, dict))
    always = {field.name for field in fields(Attempt) if field.compare}
    assert plain == always - {"usage", "cost_nano_usd", "estimated"}
    assert taken == plain | {"input_tokens", "output_tokens", "cost_nano_usd"}


def test_an_attempt_of_which_nobody_says_what_it_took_says_so() -> None:
    [answered] = OUTCOME.attempts
    broken = replace(answered, outcome="BackendBroken", usage=Usage(3, 4), cost_nano_usd=5)
    unsaid = tuple(replace(each, estimated=True) for each in (broken, answered))
    recorded = outcome_content(replace(OUTCOME, attempts=unsaid))["attempts"]
    assert isinstance(recorded, list)
    assert [each["estimated"] for each in recorded if isinstance(each, dict)] == [True, True]
    assert "cost_nano_usd" not in str(recorded[1])
