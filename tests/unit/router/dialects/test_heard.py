"""What a model has said is read as it comes, whatever it is said in."""

from __future__ import annotations

from typing import Any

import pytest

from router.dialects.heard import Heard
from router.domain import JsonObject, Usage


def chunk(index: int = 0, **delta: Any) -> JsonObject:
    return {"choices": [{"index": index, "delta": {"role": "assistant", **delta}}]}


def test_pieces_are_what_came_and_texts_what_they_come_to() -> None:
    heard = Heard([chunk(content="Hel"), chunk(content="lo"), chunk(1, content="Ho"), chunk()])
    assert heard.pieces == ("Hel", "lo", "Ho")
    assert heard.texts == ("Hello", "Ho")


def test_names_and_roles_are_not_what_was_said_and_arguments_are() -> None:
    call = {"index": 0, "id": "call_1", "function": {"name": "look_up", "arguments": "{}"}}
    assert Heard([chunk(tool_calls=[call])]).pieces == ("{}",)


@pytest.mark.parametrize("said", [None, {}, {"prompt_tokens": 0, "completion_tokens": 0}, "7"])
def test_a_usage_of_nothing_is_none_and_takes_none_back(said: Any) -> None:
    assert Heard([{"usage": said}]).usage is None
    before: JsonObject = {"usage": {"prompt_tokens": 3, "completion_tokens": 5}}
    assert Heard([before, {"usage": said}]).usage == Usage(3, 5)
