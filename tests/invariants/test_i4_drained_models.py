"""I4, I10: a model that is drained is one that is not up, and its requests go nowhere wider."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from router.load.drains import Drain, drain, end_drain
from router.store.database import connect
from tests.bodies import CHAT, CONFIDENTIAL, RESTRICTED, chat
from tests.stack import Stack, until

PRIVATE, FAST = "private-model@1", "fast-model@1"
A_WHILE_S = 600.0


@contextmanager
def drained(stack: Stack, model: str, deadline_s: float = A_WHILE_S) -> Iterator[None]:
    """As `ringfence drain` does it; in force when a request has been turned away."""
    engine = connect(stack.database_url)
    now_s = time.time()
    try:
        with engine.begin() as connection:
            drain(connection, Drain(model, now_s, now_s + deadline_s, "a test", "to see"))
        yield
        with engine.begin() as connection:
            end_drain(connection, model)
    finally:
        engine.dispose()


def test_what_must_stay_is_told_to_come_back_while_its_model_is_drained(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack()
    with drained(stack, PRIVATE):
        until(lambda: stack.post(CHAT, chat(RESTRICTED)).status_code == 503)
        stack.providers["private"].clear()
        for body in (chat(RESTRICTED, "openai-model"), chat(RESTRICTED, stream=True)):
            answer = stack.post(CHAT, body)
            assert answer.json()["error"]["code"] == "nothing_available"
            assert int(answer.headers["retry-after"]) >= 1
            attempts = stack.record_of(answer)["outcome"]["attempts"]
            assert [(each["model"], each["outcome"]) for each in attempts] == [(PRIVATE, "drained")]
    assert stack.arrived("private", "fast") == stack.arrived_outside() == []
    until(lambda: stack.post(CHAT, chat(RESTRICTED)).status_code == 200)


def test_what_has_another_model_of_its_set_goes_there_and_no_further(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack()
    with drained(stack, FAST):
        until(lambda: stack.post(CHAT, chat(CONFIDENTIAL, "fast")).json()["model"] == PRIVATE)
        answer = stack.post(CHAT, chat(CONFIDENTIAL, "fast"))
    attempts = stack.record_of(answer)["outcome"]["attempts"]
    assert [(each["model"], each["outcome"]) for each in attempts] == [
        (FAST, "drained"),
        (PRIVATE, "answered"),
    ]
    assert stack.arrived_outside() == []


async def test_what_a_drain_cuts_goes_on_inside_its_set(own_stack: Callable[..., Stack]) -> None:
    stack = own_stack()
    stack.providers["fast"].configure(stall=True)
    asked = asyncio.create_task(asyncio.to_thread(stack.post, CHAT, chat(CONFIDENTIAL, "fast")))
    await asyncio.to_thread(until, lambda: stack.arrived("fast"))
    with drained(stack, FAST, deadline_s=0.0):
        answer = await asked
    assert (answer.status_code, answer.json()["model"]) == (200, PRIVATE)
    tried = stack.record_of(answer)["outcome"]["attempts"]
    assert list(dict.fromkeys(each["model"] for each in tried)) == [FAST, PRIVATE]
    assert len(stack.arrived("fast")) == 1, "what is cut is not sent again"
    assert stack.arrived_outside() == []
