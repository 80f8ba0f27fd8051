"""What a judge is asked, and what is taken for a judgement."""

from __future__ import annotations

import json
from math import log
from typing import Any

import pytest

from router.domain import (
    Capability,
    DataClass,
    Dialect,
    Endpoint,
    InferenceRequest,
    Location,
    ModelSpec,
    Price,
)
from router.escalation.collected import Collected, TokenLogprob
from router.escalation.signals.judge import judged, question
from router.escalation.signals.second_sample import LEAST_TEMPERATURE, asked_again

JUDGE = ModelSpec(
    id="judge",
    version="1",
    dialect=Dialect.OPENAI,
    location=Location.ON_PREM,
    approved=frozenset(DataClass),
    residency=frozenset({"on-prem"}),
    capabilities=frozenset({Capability.CHAT, Capability.LOGPROBS}),
    context_tokens=1_000,
    price=Price(0, 0),
    upstream_model="judge",
    origin=None,
)
ANSWER = Collected(text="The Rhine.")


def request(*messages: Any, **body: Any) -> InferenceRequest:
    return InferenceRequest(
        request_id="r",
        endpoint=Endpoint.CHAT,
        body={"model": "auto", "messages": list(messages), **body},
        choice="auto",
        stream=bool(body.get("stream")),
    )


USER: Any = {"role": "user", "content": "Name a river."}


def test_the_judge_sees_the_conversation_and_the_answer_and_may_say_one_word() -> None:
    system: Any = {"role": "system", "content": [{"type": "text", "text": "Be brief."}]}
    asked = question(request(system, USER, stream=True, tools=[{}]), ANSWER, JUDGE)
    assert asked is not None
    said = json.dumps(asked.body)
    for text in ("Be brief.", "Name a river.", "The Rhine."):
        assert text in said
    assert (asked.body["max_tokens"], asked.body["logprobs"], asked.stream) == (1, True, False)
    assert "tools" not in asked.body


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]},
        {"role": "assistant", "content": "", "tool_calls": [{"id": "c"}]},
        {"role": "assistant", "content": None},
    ],
    ids=["a picture", "a call", "nothing"],
)
def test_a_judge_that_could_not_see_it_all_is_not_asked(message: Any) -> None:
    assert question(request(message, USER), ANSWER, JUDGE) is None


def alternatives(**probabilities: float) -> Collected:
    pairs = tuple((token, log(p)) for token, p in probabilities.items())
    return Collected(text="Yes", logprobs=(TokenLogprob(-0.1, pairs),))


def test_a_judgement_is_the_share_of_yes() -> None:
    assert judged(alternatives(Yes=0.6, yes=0.1, no=0.3)) == pytest.approx(0.7)
    assert judged(Collected(text=" Yes.")) == 1.0
    assert judged(Collected(text="no")) == 0.0


@pytest.mark.parametrize(
    "said",
    [
        alternatives(Yes=0.2, maybe=0.8),
        Collected(text="yes and no"),
        Collected(text=""),
        Collected(text="I would say yes"),
    ],
    ids=["rather something else", "both", "nothing", "more than a word"],
)
def test_anything_odd_is_no_judgement(said: Collected) -> None:
    assert judged(said) is None


def test_a_second_sample_is_drawn_anew() -> None:
    again = asked_again(request(USER, stream=True, seed=7, temperature=0, logprobs=True))
    assert (again.stream, again.body["temperature"]) == (False, LEAST_TEMPERATURE)
    assert again.body.keys().isdisjoint({"seed", "stream", "logprobs"})
    warm = asked_again(request(USER, temperature=1.2))
    assert warm.body["temperature"] == 1.2
    assert "temperature" not in asked_again(request(USER)).body
