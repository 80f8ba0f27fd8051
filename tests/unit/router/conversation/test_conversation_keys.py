"""A conversation is recognised by how it began, under who asks, and by nothing that can be read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from router.conversation.keys import KEY_BYTES, ConversationKeys
from router.domain import DataClass, Endpoint, InferenceRequest, Principal, Tier

KEYS = ConversationKeys(b"k" * 32)
ASKER = Principal("key", "team", DataClass.PUBLIC, frozenset(Tier), key_line=("first", "key"))
SYSTEM = {"role": "system", "content": "You help."}


def asked(*messages: dict[str, Any], endpoint: Endpoint = Endpoint.CHAT) -> InferenceRequest:
    return InferenceRequest("r", endpoint, {"messages": list(messages)}, "auto", stream=False)


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def test_the_same_conversation_has_the_same_key_however_long_it_gets() -> None:
    begun = KEYS.key_of(asked(SYSTEM, user("Hello")), ASKER)
    answered = {"role": "assistant", "content": "Hi"}
    gone_on = asked(SYSTEM, user("Hello"), answered, user("And then?"))
    assert begun is not None
    assert len(begun) == KEY_BYTES
    assert KEYS.key_of(gone_on, ASKER) == begun
    in_parts = asked(SYSTEM, user([{"type": "text", "text": " Hello\n"}]))
    assert KEYS.key_of(in_parts, ASKER) == begun
    assert KEYS.key_of(asked(SYSTEM, user("Hello")), replace(ASKER, key_id="newer")) == begun


def test_another_beginning_or_somebody_else_is_another_conversation() -> None:
    begun = asked(SYSTEM, user("Hello"))
    others = [
        (asked(user("Hello")), ASKER),
        (asked(SYSTEM, user("Good day")), ASKER),
        (begun, replace(ASKER, team="other")),
        (begun, replace(ASKER, user="issuer#somebody")),
        (begun, replace(ASKER, key_line=("another",))),
    ]
    keys = [KEYS.key_of(request, asker) for request, asker in [(begun, ASKER), *others]]
    assert len(set(keys)) == len(keys)
    assert ConversationKeys(b"l" * 32).key_of(begun, ASKER) not in keys


def test_what_is_no_conversation_has_no_key() -> None:
    assert KEYS.key_of(asked(SYSTEM), ASKER) is None
    assert KEYS.key_of(asked(user("a"), endpoint=Endpoint.COMPLETIONS), ASKER) is None


@given(st.lists(st.text() | st.dictionaries(st.sampled_from(["type", "text"]), st.text())))
def test_any_content_has_a_key(parts: list[Any]) -> None:
    assert KEYS.key_of(asked(user(parts)), ASKER) is not None
