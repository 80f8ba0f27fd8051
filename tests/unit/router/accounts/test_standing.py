"""Answers of keys that are revoked end; those of others, and of keys that expire, do not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from router.accounts.standing import Standing
from router.domain import DataClass, JsonObject, Principal, Tier
from router.errors import NotAuthenticated

NOBODY: frozenset[str] = frozenset()


def asker(key_id: str = "key") -> Principal:
    return Principal(key_id, "team", DataClass.PUBLIC, frozenset(Tier))


class Answer:
    """Three events, and then silence; knows whether it was closed."""

    def __init__(self) -> None:
        self.closed = False
        self.silent = asyncio.Event()

    async def events(self, then: asyncio.Event | None = None) -> AsyncGenerator[JsonObject, None]:
        try:
            for number in range(3):
                yield {"n": number}
            if then is not None:
                self.silent.set()
                await then.wait()
        finally:
            self.closed = True


async def test_an_answer_of_a_valid_key_passes_as_it_is() -> None:
    answer = Answer()
    passed = [event async for event in Standing().while_valid(asker(), answer.events())]
    assert passed == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert answer.closed


async def test_who_waits_for_the_next_event_does_not_wait_for_it() -> None:
    standing, answer = Standing(), Answer()
    seen: list[JsonObject] = []

    async def read() -> None:
        async with aclosing(
            standing.while_valid(asker(), answer.events(asyncio.Event()))
        ) as events:
            async for event in events:
                seen.append(event)

    reading = asyncio.create_task(read())
    await answer.silent.wait()
    # From another thread, as the poll of keys is.
    thread = threading.Thread(target=standing.revoked_are, args=(frozenset({"key"}),))
    thread.start()
    with pytest.raises(NotAuthenticated, match="revoked"):
        await reading
    thread.join()
    assert len(seen) == 3
    assert answer.closed


async def test_it_ends_between_two_events_however_fast_they_come() -> None:
    standing, answer = Standing(), Answer()
    events = standing.while_valid(asker(), answer.events())
    assert await anext(events) == {"n": 0}
    standing.revoked_are(frozenset({"key"}))
    await asyncio.sleep(0)  # what was told to the loop is done
    with pytest.raises(NotAuthenticated):
        await anext(events)
    assert answer.closed


async def test_nothing_comes_of_an_answer_whose_key_was_revoked_before_it_began() -> None:
    standing, answer = Standing(), Answer()
    standing.revoked_are(frozenset({"key"}))
    with pytest.raises(NotAuthenticated):
        await anext(standing.while_valid(asker(), answer.events()))


async def test_other_keys_and_tokens_are_left_alone() -> None:
    standing, answer = Standing(), Answer()
    events = standing.while_valid(asker("another"), answer.events())
    await anext(events)
    standing.revoked_are(frozenset({"key"}))
    standing.revoked_are(frozenset({"key", "third"}))
    assert [event async for event in events] == [{"n": 1}, {"n": 2}]


async def test_a_client_that_leaves_closes_the_answer_and_is_forgotten() -> None:
    standing, answer = Standing(), Answer()
    events = standing.while_valid(asker(), answer.events())
    await anext(events)
    await events.aclose()
    assert answer.closed
    standing.revoked_are(frozenset({"key"}))


async def test_a_deadline_of_the_backend_is_told_as_what_it_is() -> None:
    async def late() -> AsyncGenerator[JsonObject, None]:
        raise TimeoutError
        yield {}

    with pytest.raises(TimeoutError):
        await anext(Standing().while_valid(asker(), late()))


async def test_cancelling_the_reader_stays_a_cancellation() -> None:
    standing, answer = Standing(), Answer()

    async def read() -> None:
        async for _ in standing.while_valid(asker(), answer.events(asyncio.Event())):
            pass

    reading = asyncio.create_task(read())
    await answer.silent.wait()
    reading.cancel()
    standing.revoked_are(NOBODY)
    with pytest.raises(asyncio.CancelledError):
        await reading
