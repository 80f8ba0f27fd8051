"""I7: whatever a request says, wherever it says it, is scanned before anything leaves."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from serving.detection.fake import MARKER
from tests.bodies import CHAT, COMPLETIONS, EMBEDDINGS
from tests.stack import Stack

FUNCTION = {
    "name": "look_up",
    "description": "Looks something up.",
    "parameters": {
        "type": "object",
        "title": "Arguments",
        "properties": {
            "city": {
                "type": "string",
                "description": "Where.",
                "enum": ["Paris", "Rome"],
                "default": "Paris",
                "examples": ["Rome"],
                "pattern": "[A-Z].*",
            }
        },
        "required": ["city"],
        "$defs": {"place": {"const": "Berlin"}},
    },
}
CHAT_BODY: dict[str, Any] = {
    "model": "balanced",
    "messages": [
        {"role": "system", "content": "Be brief.", "name": "host"},
        {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
        {"role": "user", "content": "Hello.", "name": "guest", "x_note": "a note"},
        {
            "role": "assistant",
            "content": "One moment.",
            "refusal": "I would rather not.",
            "tool_calls": [
                {
                    "id": "call_one",
                    "type": "function",
                    "function": {"name": "look_up", "arguments": '{"city": "Rome"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_one", "content": "Sunny."},
        {"role": "user", "content": [{"type": "text", "text": "And?", "x_part": {"deep": ["x"]}}]},
    ],
    "tools": [{"type": "function", "function": FUNCTION}],
    "tool_choice": {"type": "function", "function": {"name": "look_up"}},
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "weather", "description": "The weather.", "schema": FUNCTION},
    },
    "stop": ["END"],
    "user": "someone",
    "metadata": {"ticket": "T-1"},
    "logit_bias": {"123": 1.0},
    "prediction": {"type": "content", "content": "Sunny."},
    "x_future_field": {"nested": [{"list": ["of", {"things": "here"}]}]},
}
COMPLETION_BODY: dict[str, Any] = {
    "model": "openai-model",
    "prompt": ["Once upon", "a time"],
    "suffix": "the end",
    "stop": "END",
    "user": "someone",
    "x_future_field": {"nested": ["thing"]},
}
EMBEDDING_BODY: dict[str, Any] = {
    "model": "embedding-model",
    "input": ["one", "two"],
    "user": "someone",
    "x_future_field": "thing",
}
BODIES = {CHAT: CHAT_BODY, COMPLETIONS: COMPLETION_BODY, EMBEDDINGS: EMBEDDING_BODY}

FIXED = {"role", "type", "model"}
"""Fields whose values the API fixes: with anything else there the request is none."""


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every string and of every object in a body."""
    if isinstance(value, dict):
        yield path
        for key, child in value.items():
            if key not in FIXED:
                yield from places(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from places(child, (*path, index))
    elif isinstance(value, str):
        yield path


def planted(body: dict[str, Any], path: tuple[Any, ...], text: str) -> dict[str, Any]:
    """The body with `text` at the end of the string at `path`, or as a new key of the object."""
    changed = copy.deepcopy(body)
    if not path:
        changed[text] = 1
        return changed
    parent: Any = changed
    for step in path[:-1]:
        parent = parent[step]
    if isinstance(parent[path[-1]], dict):
        parent[path[-1]][text] = 1
    else:
        parent[path[-1]] = f"{parent[path[-1]]} {text}"
    return changed


def holds(stack: Stack, text: str) -> bool:
    return any(text.encode() in request.body for request in stack.arrived_outside())


@pytest.mark.parametrize("path", BODIES)
def test_the_bodies_go_outside_without_the_secret(stack: Stack, path: str) -> None:
    """Without it, the test below could not fail."""
    assert stack.post(path, BODIES[path]).status_code == 200
    assert len(stack.arrived_outside()) == 1


@pytest.mark.parametrize("path", BODIES)
def test_a_secret_is_found_wherever_it_stands(stack: Stack, path: str) -> None:
    body = BODIES[path]
    tried = 0
    for place in places(body):
        answer = stack.post(path, planted(body, place, MARKER))
        tried += 1
        if answer.status_code == 400:
            continue  # not a request at all: nothing was sent
        assert answer.headers["x-ringfence-data-class"] == "restricted", place
    assert tried >= 5
    assert stack.arrived_outside() == []


def test_few_of_these_places_are_refused_before_they_are_scanned(stack: Stack) -> None:
    """So that the test above is about scanning, and not about validation."""
    refused = [
        place
        for place in places(CHAT_BODY)
        if stack.post("/v1/route", planted(CHAT_BODY, place, MARKER)).status_code != 200
    ]
    assert len(refused) <= 3, refused


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in text)


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(json.dumps({"note": MARKER}), id="JSON"),
        pytest.param(json.dumps({MARKER: 1}), id="a key in JSON"),
        pytest.param('{"note": "' + escaped(MARKER) + '"}', id="escaped in JSON"),
        pytest.param(
            json.dumps({"inner": '{"note": "' + escaped(MARKER) + '"}'}), id="JSON in JSON"
        ),
        pytest.param(json.dumps([[[[[MARKER]]]]]), id="deep"),
    ],
)
def test_a_secret_is_found_in_json_inside_strings(stack: Stack, spelling: str) -> None:
    for place in (
        ("messages", 3, "tool_calls", 0, "function", "arguments"),
        ("messages", 4, "content"),
        ("messages", 2, "content"),
    ):
        body = copy.deepcopy(CHAT_BODY)
        parent: Any = body
        for step in place[:-1]:
            parent = parent[step]
        parent[place[-1]] = spelling
        answer = stack.post(CHAT, body)
        assert answer.headers["x-ringfence-data-class"] == "restricted", place
    assert stack.arrived_outside() == []


def test_the_second_of_two_fields_of_one_name_is_the_one_that_counts_for_all(stack: Stack) -> None:
    """What is scanned is what is sent, whichever of the two that is."""
    for first, second in ((MARKER, "Hello."), ("Hello.", MARKER)):
        raw = (
            '{"model": "balanced", "messages": [{"role": "user", "content": "'
            f'{first}", "content": "{second}"'
            "}]}"
        )
        stack.post(CHAT, raw.encode())
        assert not holds(stack, MARKER)


def test_numbers_are_text_too(stack: Stack) -> None:
    body = copy.deepcopy(CHAT_BODY)
    body["x_future_field"] = {"card": 4111111111111111}
    assert stack.post(CHAT, body).headers["x-ringfence-data-class"] == "restricted"
    assert stack.arrived_outside() == []


def test_an_early_turn_counts_as_much_as_the_last_one(stack: Stack) -> None:
    turns = [
        {"role": "user" if number % 2 == 0 else "assistant", "content": f"turn {number}"}
        for number in range(101)
    ]
    turns[3]["content"] = f"turn 3 {MARKER}"
    body = {"model": "balanced", "messages": turns}
    assert stack.post(CHAT, body).headers["x-ringfence-data-class"] == "restricted"
    assert stack.arrived_outside() == []
