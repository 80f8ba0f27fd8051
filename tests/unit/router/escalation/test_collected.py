"""An answer is read out of one object or out of a stream's chunks, and is the same."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from router.domain import Usage
from router.escalation.collected import Collected, TokenLogprob, ToolCall, collect, without_logprobs

WHOLE: Any = {
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "The Rhine.",
                "tool_calls": [
                    {"id": "c", "function": {"name": "look_up", "arguments": '{"city": "Bonn"}'}}
                ],
            },
            "logprobs": {"content": [{"token": "The", "logprob": -0.5, "top_logprobs": []}]},
            "finish_reason": "tool_calls",
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4},
}


def chunk(delta: Any, **more: Any) -> Any:
    return {"choices": [{"index": 0, "delta": delta, **more}]}


def test_a_stream_says_what_the_whole_answer_says() -> None:
    def call(**function: str) -> Any:
        return {"tool_calls": [{"index": 0, "function": function}]}

    chunks = [
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": "The "}, logprobs={"content": [{"token": "The", "logprob": -0.5}]}),
        chunk({"content": "Rhine."}),
        chunk(call(name="look_up", arguments="")),
        chunk(call(arguments='{"city": ')),
        chunk(call(arguments='"Bonn"}')),
        chunk({}, finish_reason="tool_calls"),
        {"choices": [], "usage": WHOLE["usage"]},
    ]
    expected = Collected(
        text="The Rhine.",
        calls=(ToolCall("look_up", '{"city": "Bonn"}'),),
        finish_reason="tool_calls",
        logprobs=(TokenLogprob(-0.5),),
        usage=Usage(3, 4),
    )
    assert collect([WHOLE]) == collect(chunks) == expected


def test_who_did_not_ask_for_log_probabilities_gets_none() -> None:
    shown = without_logprobs(WHOLE)
    assert shown["choices"][0]["logprobs"] is None  # type: ignore[index, call-overload]
    assert shown["choices"][0]["message"] == WHOLE["choices"][0]["message"]  # type: ignore[index, call-overload]
    assert WHOLE["choices"][0]["logprobs"] is not None
    assert without_logprobs({"choices": [{"index": 0}]}) == {"choices": [{"index": 0}]}


def test_nothing_that_is_quoted_shows_what_was_said() -> None:
    assert "Rhine" not in repr(collect([WHOLE]))
    assert "Bonn" not in repr(collect([WHOLE]))


names = st.sampled_from(
    ["choices", "message", "delta", "content", "logprobs", "usage", "index", "tool_calls", "token"]
)
odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(names, below, max_size=3),
    max_leaves=10,
)


@settings(max_examples=50)
@given(st.lists(st.dictionaries(names, odd, max_size=4), max_size=3))
def test_no_answer_is_so_odd_that_reading_it_fails(events: list[Any]) -> None:
    collect(events)
    for event in events:
        without_logprobs(event)
