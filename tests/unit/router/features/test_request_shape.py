"""The form of a request is read as clients write it, whatever they write."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.features.rules import MAX_SYSTEM_CHARACTERS, MAX_USER_CHARACTERS
from router.features.shape import shape_of
from router.features.texts import asked_texts
from router.task import AnswerFormat
from tests.bodies import chat, completion

ANSWERED = {"role": "assistant", "content": "Rhine."}
CALL = {
    "role": "assistant",
    "tool_calls": [{"id": "call_1", "function": {"name": "f", "arguments": ""}}],
}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "42"}
ASKED = {"role": "user", "content": "And another?"}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda below: (
        st.lists(below, max_size=4)
        | st.dictionaries(
            st.sampled_from(["role", "content", "text", "type", "messages", "prompt", "tools"]),
            below,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def with_messages(*messages: dict[str, Any]) -> dict[str, Any]:
    body = chat()
    return body | {"messages": [*body["messages"], *messages]}


def test_a_first_question_is_one_turn_that_goes_on_from_nothing() -> None:
    shape = shape_of(chat())
    assert (shape.turns, shape.goes_on, shape.in_tool_loop) == (1, False, False)
    assert (shape.answer_format, shape.max_output_tokens) == (AnswerFormat.TEXT, None)


@pytest.mark.parametrize(
    ("messages", "turns", "in_tool_loop"),
    [((ANSWERED, ASKED), 2, False), ((CALL, RESULT), 1, True), ((CALL, RESULT, ASKED), 2, False)],
)
def test_what_somebody_has_answered_goes_on(
    messages: tuple[dict[str, Any], ...], turns: int, in_tool_loop: bool
) -> None:
    shape = shape_of(with_messages(*messages))
    assert shape.goes_on
    assert (shape.turns, shape.in_tool_loop) == (turns, in_tool_loop)


def test_the_format_that_is_asked_for_and_the_longest_answer_are_told() -> None:
    body = chat(response_format={"type": "json_schema", "json_schema": {}}, max_tokens=7)
    shape = shape_of(body)
    assert (shape.answer_format, shape.max_output_tokens) == (AnswerFormat.JSON_SCHEMA, 7)
    assert shape_of(chat(tools=[{"type": "function", "function": {"name": "f"}}])).has_tools


def test_only_the_beginnings_are_read() -> None:
    system = {"role": "system", "content": "s" * 10_000}
    parts = [{"type": "text", "text": "u" * 1_500}, {"type": "text", "text": "v" * 1_500}]
    body = {"messages": [system, {"role": "user", "content": parts}]}
    texts = asked_texts(body)
    assert texts.system == "s" * MAX_SYSTEM_CHARACTERS
    assert texts.user.startswith("u" * 1_500 + "\n" + "v")
    assert len(texts.user) <= MAX_USER_CHARACTERS + 1
    assert "uuu" not in repr(texts)


def test_a_task_is_told_from_the_last_message_of_the_user() -> None:
    assert asked_texts(with_messages(ANSWERED, ASKED, ANSWERED)).user == "And another?"
    assert asked_texts(completion("Once upon")).user == "Once upon"
    assert asked_texts(completion() | {"prompt": ["one", "two"]}).user == "one"


@given(anything)
def test_whatever_is_sent_has_a_shape(said: Any) -> None:
    for body in ({"messages": said}, {"messages": [said]}, {"prompt": said}, {"tools": said}):
        shape = shape_of(body)
        assert shape.turns >= 1
        texts = asked_texts(body)
        assert len(texts.user) <= MAX_USER_CHARACTERS + 1
