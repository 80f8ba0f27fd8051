"""What is long is read in a thread, wherever in the body it stands."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.long_bodies import CHARACTERS_PER_VALUE, LONG_CHARACTERS, is_long, out_of_the_way
from tests.bodies import chat

TEXT = "x" * LONG_CHARACTERS
PARAMETERS = {"type": "object", "properties": {"a": {"type": "string", "description": TEXT}}}
LONG = {
    "a message": chat(TEXT),
    "a part of one": chat() | {"messages": [{"role": "user", "content": [{"text": TEXT}]}]},
    "a tool": chat(tools=[{"type": "function", "function": {"parameters": PARAMETERS}}]),
    "a schema": chat(response_format={"json_schema": {"schema": PARAMETERS}}),
    "a key": chat(metadata={TEXT: ""}),
    "many small values": {"input": list(range(LONG_CHARACTERS // CHARACTERS_PER_VALUE))},
    "nested lists": {"input": [[[[]]] for _ in range(LONG_CHARACTERS // CHARACTERS_PER_VALUE)]},
}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(), below, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize("body", LONG.values(), ids=LONG)
async def test_the_event_loop_reads_nothing_long(body: dict[str, Any]) -> None:
    assert is_long(body)
    assert await out_of_the_way(body, threading.get_ident) != threading.get_ident()


async def test_what_is_short_is_read_at_once() -> None:
    assert not is_long(chat(tools=[{"type": "function", "function": {"name": "f"}}]))
    assert await out_of_the_way(chat(), threading.get_ident) == threading.get_ident()


async def test_what_reading_raises_is_raised_from_either() -> None:
    for body in (chat(), chat(TEXT)):
        with pytest.raises(ValueError, match="unread"):
            await out_of_the_way(body, refuse, "unread")


@given(anything)
def test_whatever_is_short_is_not_long_because_of_what_it_is(body: Any) -> None:
    assert not is_long(body)
    assert is_long([body, TEXT])


def refuse(why: str) -> None:
    raise ValueError(why)
