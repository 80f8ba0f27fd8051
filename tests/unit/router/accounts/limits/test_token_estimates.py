"""What a request may take is thought to be no less than what it is likely to take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limit_cases import asked, model

from router.accounts.limits.estimate import (
    DEFAULT_OUTPUT_TOKENS,
    REQUEST_OVERHEAD_TOKENS,
    TOOLS_OVERHEAD_TOKENS,
    estimate,
    input_tokens_of,
)
from router.domain import Endpoint, InferenceRequest, Usage

MODEL = model("m", context_tokens=50_000)
texts = st.text(st.characters(), max_size=200)


def said(text: str) -> int:
    return input_tokens_of(asked(messages=[{"role": "user", "content": text}]))


def taken(request: InferenceRequest) -> Usage:
    return estimate(request, MODEL, input_tokens_of(request))


def of(endpoint: Endpoint, **body: object) -> InferenceRequest:
    return InferenceRequest("r", endpoint, body, "auto", stream=False)  # type: ignore[arg-type]


def test_prose_has_fewer_tokens_than_two_fifths_of_its_characters() -> None:
    assert said("the quick brown fox " * 600) - said("") == 12_000 * 2 / 5


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("1234567890", 1_000),
        ("{}[]();:,.", 1_000),
        ("ABCDEFGHIJ", 1_000),
        ("漢字漢字漢字漢字漢字", 2_000),
        ("жжжжжжжжжж", 1_334),
    ],
)
def test_what_is_no_small_letter_may_be_a_token_of_its_own(text: str, tokens: int) -> None:
    assert abs(said(text * 100) - said("") - tokens) <= 1


def test_a_long_text_counts_as_its_parts_do() -> None:
    times = 50_000
    assert abs(said("x漢7 " * times) - said("") - times * (2 * 2 / 5 + 3 * 2 / 3 + 1)) <= 1


@given(texts, texts)
def test_saying_more_never_takes_less(text: str, more: str) -> None:
    assert said(text) <= said(text + more)


@given(texts)
def test_a_text_counts_wherever_it_stands(text: str) -> None:
    spoken = [{"role": "user", "content": "Hi"}]
    places: list[dict[str, object]] = [
        {"messages": [{"role": "user", "content": [{"type": "text", "text": text}]}]},
        {"messages": [*spoken, {"role": "tool", "tool_call_id": "1", "content": text}]},
        {"tools": [{"type": "function", "function": {"name": "f", "description": text}}]},
        {"response_format": {"type": "json_schema", "json_schema": {text: {}}}},
    ]
    alone = said(text) - said("")
    for body in places:
        assert input_tokens_of(asked(**body)) >= alone


def test_templates_and_tools_take_some_more() -> None:
    assert said("") > REQUEST_OVERHEAD_TOKENS
    tools = [{"type": "function", "function": {"name": "f"}}]
    assert input_tokens_of(asked(tools=tools)) > said("") + TOOLS_OVERHEAD_TOKENS


def test_an_answer_is_as_long_as_it_may_be() -> None:
    assert taken(asked(700)).output_tokens == 700
    assert taken(asked(700, max_completion_tokens=900)).output_tokens == 900
    assert taken(asked(700, n=3)).output_tokens == 2_100
    unlimited = of(Endpoint.CHAT, messages=[])
    assert taken(unlimited).output_tokens == DEFAULT_OUTPUT_TOKENS


def test_no_answer_is_longer_than_the_models_context() -> None:
    assert taken(asked(2**31 - 1)).output_tokens == 50_000
    small = model("s", context_tokens=1_000)
    assert estimate(of(Endpoint.CHAT, messages=[]), small, 10).output_tokens == 1_000


def test_no_conversation_is_longer_than_the_models_context() -> None:
    assert taken(asked(messages=[{"role": "user", "content": "x" * 10**6}])).input_tokens == 50_000


def test_completions_answer_every_prompt_as_often_as_asked() -> None:
    one = of(Endpoint.COMPLETIONS, prompt="Hi", max_tokens=10)
    several = of(Endpoint.COMPLETIONS, prompt=["Hi", "there"], max_tokens=10, n=2, best_of=4)
    assert (taken(one).output_tokens, taken(several).output_tokens) == (10, 80)


def test_embeddings_have_an_input_and_no_output() -> None:
    request = of(Endpoint.EMBEDDINGS, input=["word " * 300, "word " * 300])
    usage = taken(request)
    assert usage.output_tokens == 0
    assert 1_200 <= usage.input_tokens < 1_250
