from __future__ import annotations

from typing import Any

import pytest
from dialect_cases import model, parsed, request

from router.dialects.anthropic import completion_from_anthropic, render
from router.domain import Endpoint
from router.errors import InvalidRequest, MissingCapability

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOL = {
    "type": "function",
    "function": {"name": "sun", "description": "d", "parameters": PARAMETERS},
}


def body_of(**fields: Any) -> Any:
    return parsed(render(request(**fields), model()).body)


def dropped(**fields: Any) -> tuple[str, ...]:
    return render(request(**fields), model()).dropped_fields


def text(value: str) -> dict[str, str]:
    return {"type": "text", "text": value}


def test_a_conversation_with_tools() -> None:
    call = {
        "id": "c1",
        "type": "function",
        "function": {"name": "sun", "arguments": '{"city":"Rome"}'},
    }
    body = body_of(
        messages=[
            {"role": "system", "content": "be"},
            {"role": "developer", "content": [text("kind")]},
            {"role": "user", "content": "a"},
            {"role": "user", "content": [text("b"), text("")]},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "shines"},
            {"role": "user", "content": "so?"},
        ],
        tools=[TOOL],
    )
    assert body["system"] == "be\n\nkind"
    assert body["messages"] == [
        {"role": "user", "content": [text("a"), text("b")]},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "c1", "name": "sun", "input": {"city": "Rome"}}],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "c1", "content": [text("shines")]},
                text("so?"),
            ],
        },
    ]
    assert body["tools"] == [{"name": "sun", "description": "d", "input_schema": PARAMETERS}]
    assert body["max_tokens"] == 4096
    assert body["model"] == "upstream"


def test_path_and_salt() -> None:
    rendered = render(request(), model(base_path="/anthropic"), cache_salt="tenant")
    assert rendered.path == "/anthropic/v1/messages"
    assert b"tenant" not in rendered.body


def test_a_system_prompt_alone_is_asked_as_a_user() -> None:
    body = body_of(messages=[{"role": "system", "content": "hi"}])
    assert body["messages"] == [{"role": "user", "content": "hi"}]
    assert "system" not in body


def test_sampling() -> None:
    body = body_of(temperature=1.7, stop="END", max_tokens=5, stream=True)
    assert (body["temperature"], body["stop_sequences"]) == (1.0, ["END"])
    assert (body["max_tokens"], body["stream"]) == (5, True)
    assert body_of(top_p=0.5)["top_p"] == 0.5
    assert body_of(max_tokens=5, max_completion_tokens=6)["max_tokens"] == 6
    assert dropped(temperature=1, top_p=0.5) == ("top_p",)
    assert dropped(stop=["\n", "x"]) == ("stop",)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", {"type": "auto"}),
        ("none", {"type": "none"}),
        ("required", {"type": "any"}),
        ({"type": "function", "function": {"name": "sun"}}, {"type": "tool", "name": "sun"}),
    ],
)
def test_tool_choice(choice: Any, expected: Any) -> None:
    assert body_of(tools=[TOOL], tool_choice=choice)["tool_choice"] == expected


def test_parallel_tool_calls() -> None:
    body = body_of(tools=[TOOL], parallel_tool_calls=False)
    assert body["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}


def test_what_has_no_counterpart_is_dropped_and_named() -> None:
    assert dropped(seed=1, n=2, logprobs=True, response_format={"type": "json_object"}) == (
        "seed",
        "n",
        "logprobs",
        "response_format",
    )
    assert dropped(n=1, logprobs=False, response_format={"type": "text"}, seed=None) == ()
    assert dropped(tools=[{"type": "web_search"}]) == ("tools[0]",)


def test_metadata_is_never_sent() -> None:
    declares = model(accepts_fields=frozenset({"metadata", "top_k", "system", "cache_salt"}))
    sent = request(metadata={"user_id": "x"}, top_k=3, system="mine", cache_salt="x")
    rendered = render(sent, declares)
    body = parsed(rendered.body)
    assert body["top_k"] == 3
    assert "metadata" not in body
    assert set(rendered.dropped_fields) == {"metadata", "cache_salt"}


def test_bad_arguments_are_named_and_not_quoted() -> None:
    call = {"id": "c", "function": {"name": "f", "arguments": "secret"}}
    with pytest.raises(InvalidRequest, match=r"messages\[0\].tool_calls\[0\]") as caught:
        body_of(messages=[{"role": "assistant", "tool_calls": [call]}])
    assert caught.value.__context__ is None
    assert "secret" not in str(caught.value)


def test_what_cannot_be_left_out_is_refused() -> None:
    image = [{"type": "image_url", "image_url": {"url": "https://x"}}]
    with pytest.raises(MissingCapability):
        body_of(messages=[{"role": "user", "content": image}])
    with pytest.raises(MissingCapability):
        render(request(endpoint=Endpoint.EMBEDDINGS, input="x"), model())


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("tool_use", "tool_calls"),
        ("refusal", "content_filter"),
        ("new one", "stop"),
    ],
)
def test_a_message_is_a_completion(reason: str, expected: str) -> None:
    completion: Any = completion_from_anthropic(
        {
            "type": "message",
            "id": "m",
            "model": "c",
            "content": [
                {"type": "thinking", "thinking": "hm"},
                {"type": "text", "text": "yes"},
                {"type": "tool_use", "id": "t", "name": "f", "input": {"a": "é"}},
            ],
            "stop_reason": reason,
            "usage": {
                "input_tokens": 1,
                "cache_read_input_tokens": 10,
                "cache_creation_input_tokens": 100,
                "output_tokens": 7,
            },
        },
        created_s=5,
    )
    choice = completion["choices"][0]
    assert choice["finish_reason"] == expected
    assert choice["message"]["content"] == "yes"
    assert choice["message"]["tool_calls"] == [
        {"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"a": "é"}'}}
    ]
    usage = completion["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (111, 7)
    assert usage["total_tokens"] == 118
    assert completion["created"] == 5


@pytest.mark.parametrize("bad", [{}, {"type": "error"}, {"type": "message", "content": "x"}])
def test_what_is_not_a_message_is_not_a_completion(bad: Any) -> None:
    with pytest.raises(ValueError):
        completion_from_anthropic(bad)
