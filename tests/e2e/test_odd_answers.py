"""Answers that a backend is free to give and that are easily got wrong on the way to the client."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from router.domain import JsonObject
from router.protocols import Dispatch
from serving.simulator.process import SimulatorProcess
from tests.bodies import CHAT, HARMLESS, RESTRICTED, chat
from tests.stack import Stack, running_stack

HALF, OTHER_HALF = "\ud83d", "\ude00"


class Scripted:
    """A backend that answers with what the test gave it."""

    def __init__(self) -> None:
        self.script: list[JsonObject] = []

    async def attempt(self, _dispatch: Dispatch) -> AsyncIterator[JsonObject]:
        for event in self.script:
            yield event


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture
def stack(tmp_path: Path, providers: Mapping[str, SimulatorProcess], scripted: Scripted) -> Any:
    with running_stack(tmp_path, providers=providers, wrap=lambda _backend: scripted) as made:
        yield made


def chunk(text: str | None, finish: str | None = None) -> JsonObject:
    delta: JsonObject = {} if text is None else {"role": "assistant", "content": text}
    choice: JsonObject = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "x", "object": "chat.completion.chunk", "model": "x", "choices": [choice]}


def whole(text: str) -> JsonObject:
    message: JsonObject = {"role": "assistant", "content": text}
    choice: JsonObject = {"index": 0, "message": message, "finish_reason": "stop"}
    usage: JsonObject = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return {"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage}


@pytest.mark.parametrize("text", [HARMLESS, RESTRICTED])
def test_halves_of_a_character_in_two_chunks_arrive_as_one(
    stack: Stack, scripted: Scripted, text: str
) -> None:
    """Servers that cut by code unit do that with every emoji."""
    scripted.script = [chunk("é "), chunk(HALF), chunk(OTHER_HALF), chunk(None, "stop")]
    answer = stack.post(CHAT, chat(text, stream=True))
    events = [
        json.loads(line.removeprefix("data: "))
        for line in answer.text.splitlines()
        if line.startswith("data: {")
    ]
    said = "".join(event["choices"][0]["delta"].get("content") or "" for event in events)
    assert said.encode("utf-16", "surrogatepass").decode("utf-16") == "é 😀"
    assert answer.text.rstrip().endswith("data: [DONE]")
    assert stack.record_of(answer)["status"] == "answered"


def test_half_a_character_in_a_whole_answer_is_passed_on(stack: Stack, scripted: Scripted) -> None:
    scripted.script = [whole(f"é {HALF}")]
    answer = stack.post(CHAT, chat())
    assert answer.status_code == 200
    assert json.loads(answer.text)["choices"][0]["message"]["content"] == f"é {HALF}"


def test_other_scripts_are_sent_as_they_are(stack: Stack, scripted: Scripted) -> None:
    scripted.script = [whole("東京")]
    assert "東京" in stack.post(CHAT, chat()).text
    scripted.script = [chunk("東京"), chunk(None, "stop")]
    assert "東京" in stack.post(CHAT, chat(stream=True)).text
