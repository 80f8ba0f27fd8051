"""What a request that has ended says of the version that it was for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.conversation.keys import ConversationKeys
from router.domain import (
    Attempt,
    DataClass,
    Decision,
    Endpoint,
    InferenceRequest,
    Outcome,
    OutcomeStatus,
    PlanStep,
    Principal,
    Tier,
    Usage,
)
from router.policy.load import load_rules
from router.policy.policy import Rules
from router.task import Features
from router.trials.bad_answer import failed_it
from router.trials.observations import Observation, observed
from tests.unit.router.trials.canary_records import CANARY, CHAMPION, write_files

KEYS = ConversationKeys(b"k" * 32)
WORDS = st.from_regex("[a-z]*", fullmatch=True)
PROMPTS = WORDS | st.lists(WORDS) | st.lists(st.integers())
"""As the API takes them: a text, several, or tokens. White space makes no difference."""
ASKER = Principal("key", "claims", DataClass.PUBLIC, frozenset(Tier))


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return load_rules(*write_files(tmp_path_factory.mktemp("canary"), share=0.5))


def asked(**changes: Any) -> InferenceRequest:
    body: Any = {"messages": [{"role": "user", "content": "Hello"}]}
    request = InferenceRequest("one", Endpoint.CHAT, body, "tiny", stream=False)
    return replace(request, **changes)


def ended(
    model: str | None, status: str = "answered", code: str | None = None, **tried: str
) -> Outcome:
    """`tried` are outcomes of attempts, by version: `v2="BackendTimeout"`."""
    return Outcome(
        request_id="one",
        status=OutcomeStatus(status),
        http_status=200,
        error_code=code,
        model=model,
        weights_digest=None,
        tier=None,
        attempts=tuple(
            Attempt(f"tiny@{version.removeprefix('v')}", None, outcome, 0.1)
            for version, outcome in tried.items()
        ),
        usage=Usage(),
        cost_nano_usd=0,
        ttft_s=None,
        latency_s=0.1,
    )


def seen(
    rules: Rules,
    first: str,
    outcome: Outcome,
    request: InferenceRequest | None = None,
    permitted: tuple[str, ...] = (CHAMPION, CANARY),
    before: str | None = None,
) -> Observation | None:
    """`before` is what the conversation had."""
    models = rules.tables.models
    decision = Decision(
        choice="auto",
        data_class=DataClass.INTERNAL,
        permitted=permitted,
        excluded=(),
        plan=tuple(PlanStep(models[key], Tier.FAST) for key in dict.fromkeys((first, CHAMPION))),
        reasons=(),
        policy_digest="d",
        features=Features(conversation_model=before),
    )
    return observed(request or asked(), ASKER, decision, outcome, rules=rules, keys=KEYS)


def test_a_request_says_of_the_version_that_was_first_whether_it_failed(rules: Rules) -> None:
    well = seen(rules, CANARY, ended(CANARY))
    assert well == Observation(
        request_id="one",
        canary=CANARY,
        champion=CHAMPION,
        conversation=KEYS.key_of(asked(), ASKER) or b"",
        by_canary=True,
        bad=False,
        answered=True,
    )
    left = seen(rules, CANARY, ended(CHAMPION, v2="BackendTimeout"))
    assert left == replace(well, bad=True, answered=False)
    champion = seen(rules, CHAMPION, ended(CHAMPION))
    assert champion == replace(well, by_canary=False)


@pytest.mark.parametrize("choice", [CANARY, CHAMPION, "tiny@candidate", "tiny@champion"])
def test_who_names_a_version_was_not_drawn_for_it(rules: Rules, choice: str) -> None:
    assert seen(rules, CANARY, ended(CANARY), asked(choice=choice)) is None


@pytest.mark.parametrize("choice", ["tiny", "auto", "fast"])
def test_who_names_an_id_or_a_tier_was(rules: Rules, choice: str) -> None:
    assert seen(rules, CANARY, ended(CANARY), asked(choice=choice)) is not None


@pytest.mark.parametrize("before", [CANARY, CHAMPION])
def test_a_later_turn_says_nothing_of_failures_and_can_be_called_wrong(
    rules: Rules, before: str
) -> None:
    found = seen(rules, before, ended(before), before=before)
    assert found is not None
    assert (found.bad, found.answered) == (None, True)
    assert seen(rules, before, ended(None, "failed", v2="BackendBroken"), before=before) is None


@pytest.mark.parametrize("status", ["failed", "partial"])
def test_what_broke_off_has_failed_and_nobody_can_call_it_wrong(rules: Rules, status: str) -> None:
    broken = ended(CANARY, status, "answer_cut_short")
    found = seen(rules, CANARY, broken)
    assert found is not None
    assert (found.bad, found.answered) == (True, False)
    assert seen(rules, CANARY, broken, before=CANARY) is None


def test_what_could_not_have_gone_to_either_is_not_observed(rules: Rules) -> None:
    assert seen(rules, CHAMPION, ended(CHAMPION), permitted=(CHAMPION,)) is None
    vectors = asked(endpoint=Endpoint.EMBEDDINGS, body={"input": "Hello"})
    assert seen(rules, CHAMPION, ended(CHAMPION), vectors) is None
    nobody_asks = asked(body={"messages": [{"role": "system", "content": "You help."}]})
    assert seen(rules, CHAMPION, ended(CHAMPION), nobody_asks) is None


def test_what_was_nobody_s_fault_is_not_observed(rules: Rules) -> None:
    assert seen(rules, CANARY, ended(None, "cancelled")) is None
    assert seen(rules, CANARY, ended(CANARY, "cancelled")) is None
    assert seen(rules, CANARY, ended(None, "refused")) is None
    assert seen(rules, CANARY, ended(CHAMPION, v2="no_room")) is None


@given(one=PROMPTS, other=PROMPTS)
def test_the_same_completion_again_is_the_same_conversation(
    rules: Rules, one: Any, other: Any
) -> None:
    def conversation(prompt: Any) -> bytes:
        request = asked(endpoint=Endpoint.COMPLETIONS, body={"prompt": prompt})
        found = seen(rules, CANARY, ended(CANARY), request)
        assert found is not None
        return found.conversation

    assert conversation(one) == conversation(one)
    if one != other:
        assert conversation(one) != conversation(other)


@pytest.mark.parametrize(
    ("status", "model", "outcome", "failed"),
    [
        ("answered", "tiny@2", "answered", False),
        ("answered", "tiny@1", "BackendBroken", True),
        ("answered", "tiny@1", "breaker_open", True),
        ("answered", "tiny@1", "discarded", None),
        ("failed", None, "BackendTimeout", True),
        ("failed", None, "queued", None),
        ("cancelled", None, "BackendTimeout", None),
    ],
)
def test_a_version_fails_what_it_was_asked_and_did_not_answer(
    status: str, model: str | None, outcome: str, failed: bool | None
) -> None:
    assert failed_it(CANARY, ended(model, status, v2=outcome)) is failed


@pytest.mark.parametrize(
    ("code", "failed"), [("answer_cut_short", True), ("key_revoked", None), (None, None)]
)
def test_an_answer_that_broke_off_is_a_failure_and_one_that_was_stopped_is_none(
    code: str | None, failed: bool | None
) -> None:
    assert failed_it(CANARY, ended(CANARY, "partial", code)) is failed
