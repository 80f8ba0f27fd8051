"""An answer on its way back: read for the record, its end held until the record is durable."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from router.answer import Answer
from router.dialects.heard import Heard
from router.domain import Endpoint, InferenceRequest, JsonObject, Usage
from tests.unit.router.cascade.test_walk import model

REQUEST = InferenceRequest("r", Endpoint.CHAT, {}, "auto", stream=True)
MODEL = replace(model("m"), price=replace(model("m").price, output_usd_per_mtok=2.0))


def chunk(content: str | None = None, finish: str | None = None, **more: Any) -> JsonObject:
    delta = {} if content is None else {"content": content}
    choice: JsonObject = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "upstream", "model": "upstream", "choices": [choice], **more}


USAGE: JsonObject = {
    "id": "upstream",
    "choices": [],
    "usage": {"prompt_tokens": 3, "completion_tokens": 5},
}


def taken(answer: Answer, *events: JsonObject) -> list[JsonObject]:
    return [shown for event in events for shown in answer.take(event)]


def test_content_goes_on_at_once_and_the_end_is_held() -> None:
    answer = Answer(REQUEST, MODEL)
    shown = taken(answer, chunk("Hel"), chunk("lo"), chunk(finish="stop"), USAGE)
    assert len(shown) == 2
    assert len(answer.held) == 1
    assert answer.texts == ("Hello",)
    assert answer.usage == Usage(3, 5)


def test_a_choice_that_ends_early_does_not_hold_up_the_others() -> None:
    answer = Answer(REQUEST, MODEL)
    other: JsonObject = {"choices": [{"index": 1, "delta": {"content": "b"}}]}
    shown = taken(answer, chunk("a"), chunk(finish="stop"), other)
    assert [each["choices"][0]["index"] for each in shown] == [0, 1]  # type: ignore[index, call-overload]


def test_the_model_and_the_id_are_ours() -> None:
    (shown,) = taken(Answer(REQUEST, MODEL), chunk("x"))
    assert (shown["model"], shown["id"]) == ("m@1", "chatcmpl-r")


def test_usage_is_for_who_asked_for_it_and_has_the_cost() -> None:
    asked = replace(REQUEST, body={"stream_options": {"include_usage": True}})
    answer = Answer(asked, MODEL)
    taken(answer, USAGE)
    assert answer.held[0]["usage"] == {
        "prompt_tokens": 3,
        "completion_tokens": 5,
        "cost_usd": 0.00001,
    }


def test_an_answer_that_is_not_streamed_is_held_whole() -> None:
    answer = Answer(replace(REQUEST, stream=False), MODEL)
    message: JsonObject = {"role": "assistant", "content": "Hello"}
    assert taken(answer, {"choices": [{"index": 0, "message": message}]}) == []
    assert len(answer.held) == 1
    assert answer.texts == ("Hello",)


def test_money_is_counted_where_the_model_has_said_it_and_text_where_it_has_come_to() -> None:
    said = Heard([chunk("Hel"), chunk("lo"), USAGE])
    answer = Answer(REQUEST, MODEL, 3, said)
    taken(answer, chunk("Hel"))
    assert answer.texts == ("Hel",)
    assert (answer.taken().usage, answer.taken().estimated) == (Usage(3, 5), False)


def test_what_is_kept_from_the_client_is_no_whole_answer_of_the_longest_kind() -> None:
    asked = replace(REQUEST, body={"max_tokens": 900})
    answer = Answer(asked, MODEL, 3, Heard([chunk("Hel"), chunk("lo")]))
    assert answer.texts == ()
    assert answer.taken().usage.output_tokens < 900


def test_arguments_of_tool_calls_are_text_of_the_answer() -> None:
    answer = Answer(REQUEST, MODEL)
    for part in ('{"na', 'me":1}'):
        call: JsonObject = {"index": 0, "function": {"arguments": part}}
        taken(answer, {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})
    assert answer.texts == ('{"name":1}',)


def test_usage_that_nobody_asked_for_is_no_answer() -> None:
    answer = Answer(REQUEST, MODEL)
    assert taken(answer, USAGE) == []
    assert answer.is_empty
    assert answer.held == []


def test_whatever_field_the_words_come_in_they_are_text_of_the_answer() -> None:
    answer = Answer(replace(REQUEST, stream=False), MODEL)
    message: JsonObject = {
        "role": "assistant",
        "content": None,
        "function_call": {"name": "f", "arguments": "{1}"},
        "reasoning_details": [{"type": "text", "text": "thought"}],
    }
    taken(answer, {"choices": [{"index": 0, "message": message}]})
    assert set(answer.texts) == {"{1}", "thought"}


@pytest.mark.parametrize("said", [10**400, -5, True, "7", None, 1.5])
def test_a_usage_that_is_none_breaks_no_record(said: object) -> None:
    answer = Answer(REQUEST, MODEL)
    usage: JsonObject = {"prompt_tokens": said, "completion_tokens": 5}  # type: ignore[dict-item]
    taken(answer, {"choices": [], "usage": usage})
    assert 0 <= answer.usage.input_tokens < 2**63
    assert 0 <= answer.cost_nano_usd < 2**63


def test_an_object_with_nothing_in_it_is_no_answer() -> None:
    answer = Answer(replace(REQUEST, stream=False), MODEL)
    taken(answer, {})
    assert answer.is_empty
