"""I9: what an on-prem model answered to a sensitive request stays sensitive when it comes back."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bodies import CHAT, COMPLETIONS, CONFIDENTIAL, HARMLESS, RESTRICTED, chat, completion
from tests.stack import Stack, running_stack

LONG = "The findings are unremarkable but for a shadow on the left side that was not there before."


def answer_to_restricted(stack: Stack, *, stream: bool = False, key: str | None = None) -> str:
    """What the private model says to a restricted request: words in which a detector finds nothing.

    The simulated model draws them anew for each request.
    """
    stack.providers["private"].configure(completion_tokens=40)
    answer = stack.post(CHAT, chat(RESTRICTED, stream=stream), key=key)
    assert answer.headers["x-ringfence-data-class"] == "restricted"
    if not stream:
        return str(answer.json()["choices"][0]["message"]["content"])
    chunks = [
        json.loads(line.removeprefix("data: "))
        for line in answer.text.splitlines()
        if line.startswith("data: {")
    ]
    return "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks)


def class_of(stack: Stack, body: dict[str, Any], **more: Any) -> str:
    answer = stack.post(CHAT, body, **more)
    assert answer.status_code == 200
    label: str = answer.headers["x-ringfence-data-class"]
    if label in ("confidential", "restricted"):
        assert stack.arrived_outside() == []
    return label


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def tool_turns(content: str) -> list[dict[str, Any]]:
    call = {"id": "c", "type": "function", "function": {"name": "read", "arguments": "{}"}}
    return [
        user("Read it."),
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": content},
    ]


def tool_arguments(text: str) -> list[dict[str, Any]]:
    arguments = json.dumps({"note": text})
    call = {"id": "c", "type": "function", "function": {"name": "w", "arguments": arguments}}
    return [
        user("Write it."),
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "ok"},
    ]


WAYS_BACK: dict[str, Callable[[str], list[dict[str, Any]]]] = {
    "the next turn": lambda said: [
        user(HARMLESS),
        {"role": "assistant", "content": said},
        user("Thanks. And now?"),
    ],
    "a part of a turn": lambda said: [
        user([{"type": "text", "text": HARMLESS}]),
        {"role": "assistant", "content": [{"type": "text", "text": said}]},
        user("Thanks."),
    ],
    "another conversation": lambda said: [user(said)],
    "quoted": lambda said: [user(f"You said:\n> {said}\nWhat did you mean?")],
    "in the midst of other lines": lambda said: [user(f"First.\n\n{said}\n\nLast.")],
    "with other white space": lambda said: [user("  " + said.replace(" ", "\n  ") + "\n")],
    "as the system's instructions": lambda said: [
        {"role": "system", "content": said},
        user("Go on."),
    ],
    "a tool's result": tool_turns,
    "a tool's result in JSON": lambda said: tool_turns(json.dumps({"text": said, "n": 1})),
    "a tool's arguments": tool_arguments,
}


def test_the_same_words_of_nobody_go_outside(stack: Stack) -> None:
    """Without it, none of the tests below could fail."""
    for way in WAYS_BACK.values():
        assert class_of(stack, {"model": "balanced", "messages": way(LONG)}) == "internal"
    assert len(stack.arrived_outside()) == len(WAYS_BACK)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("way", WAYS_BACK)
def test_an_answer_to_a_restricted_request_is_restricted_when_it_comes_back(
    stack: Stack, way: str, stream: bool
) -> None:
    said = answer_to_restricted(stack, stream=stream)
    body = {"model": "balanced", "messages": WAYS_BACK[way](said)}
    answer = stack.post(CHAT, body)
    assert answer.headers["x-ringfence-data-class"] == "restricted"
    assert "basis:inherited" in answer.headers["x-ringfence-reasons"]
    assert stack.arrived_outside() == []


def test_it_is_restricted_on_other_endpoints_and_for_other_keys_of_the_team(stack: Stack) -> None:
    said = answer_to_restricted(stack)
    key = stack.known_key(name="another key of the team's")
    for path, body in (
        (CHAT, chat(said, "openai-model")),
        (COMPLETIONS, completion(said, "openai-model")),
        ("/v1/embeddings", {"model": "embedding-model", "input": ["x", said]}),
    ):
        for of in (None, key):
            answer = stack.post(path, body, key=of)
            assert answer.headers["x-ringfence-data-class"] == "restricted"
    assert stack.arrived_outside() == []


def test_a_confidential_answer_stays_confidential(stack: Stack) -> None:
    stack.providers["private"].configure(completion_tokens=40)
    answer = stack.post(CHAT, chat(CONFIDENTIAL, "private"))
    said = answer.json()["choices"][0]["message"]["content"]
    assert class_of(stack, chat(said, "balanced")) == "confidential"


def test_what_a_harmless_request_was_answered_does_not_stick(stack: Stack) -> None:
    stack.providers["private"].configure(completion_tokens=40)
    answer = stack.post(CHAT, chat(HARMLESS, "private"))
    said = answer.json()["choices"][0]["message"]["content"]
    assert class_of(stack, chat(said, "balanced")) == "internal"
    assert len(stack.arrived_outside()) == 1


def test_another_team_is_not_told_what_this_one_was_answered(stack: Stack) -> None:
    said = answer_to_restricted(stack)
    assert class_of(stack, chat(said, "balanced")) == "restricted"
    other = stack.known_key(team="another")
    assert class_of(stack, chat(said, "balanced"), key=other) == "internal"


def test_a_short_answer_does_not_taint_all_short_answers(stack: Stack) -> None:
    stack.providers["private"].configure(echo=True)
    body = {"model": "auto", "messages": [user(f"{RESTRICTED} Is it so?"), user("Yes.")]}
    answer = stack.post(CHAT, body)
    assert answer.json()["choices"][0]["message"]["content"] == "Yes."
    for messages in (
        [user("Is it raining?"), {"role": "assistant", "content": "Yes."}, user("Thanks.")],
        [user("Yes.")],
    ):
        assert class_of(stack, {"model": "balanced", "messages": messages}) == "internal"


def test_a_short_answer_is_recognised_after_the_turn_it_answered(stack: Stack) -> None:
    stack.providers["private"].configure(completion_tokens=2)
    asked = user("Is the scan clean?")
    declared = {"x-ringfence-data-class": "restricted"}
    answer = stack.post(CHAT, {"model": "auto", "messages": [asked]}, headers=declared)
    said = answer.json()["choices"][0]["message"]["content"]
    again = [asked, {"role": "assistant", "content": said}, user("Thanks.")]
    assert class_of(stack, {"model": "balanced", "messages": again}) == "restricted"


def test_it_sticks_in_a_new_gateway_over_the_same_database(stack: Stack, tmp_path: Path) -> None:
    secret = secrets.token_bytes(32)
    with running_stack(tmp_path, providers=stack.providers, root_secret=secret) as first:
        said = answer_to_restricted(first)
    with running_stack(tmp_path, providers=stack.providers, root_secret=secret) as second:
        assert class_of(second, chat(said, "balanced")) == "restricted"


def test_an_answer_that_was_cut_short_sticks_as_well(stack: Stack) -> None:
    stack.providers["private"].configure(completion_tokens=60, cut_stream_after_tokens=40)
    text = stack.post(CHAT, chat(RESTRICTED, stream=True)).text
    chunks = [
        json.loads(line.removeprefix("data: "))
        for line in text.splitlines()
        if line.startswith('data: {"id"')
    ]
    said = "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks)
    assert len(said) > 64
    stack.providers["private"].configure()
    assert class_of(stack, chat(said, "balanced")) == "restricted"


def test_a_past_that_cannot_be_looked_up_is_not_judged_clean(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack()
    connection = stack.database()
    try:
        connection.execute("ALTER TABLE taint RENAME TO elsewhere")
        answer = stack.post(CHAT, chat(LONG, "balanced"))
    finally:
        connection.execute("ALTER TABLE elsewhere RENAME TO taint")
        connection.close()
    assert answer.status_code == 503
    assert stack.arrived(*stack.providers) == []


def test_more_text_than_is_looked_up_is_restricted(stack: Stack) -> None:
    many_lines = "\n".join(f"line {number} " + "x y " * 16 for number in range(2_600))
    answer = stack.post(CHAT, chat(many_lines + "z" * 900_000, "balanced"))
    assert answer.headers["x-ringfence-data-class"] == "restricted"
    assert stack.arrived_outside() == []
