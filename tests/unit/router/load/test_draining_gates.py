"""A drained model lets nobody in; who is there ends in peace, or is cut and counted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import suppress

import pytest

from router.domain import JsonObject
from router.errors import BackendDrained
from router.load.gates import Claim, Gates, Presence
from router.load.held import HeldAnswer
from router.load.place import Place
from router.load.rules import CapacityRules, Lane, LaneRules, ModelCapacity
from tests.unit.clock import ManualClock

LONG_S = 3_600.0
MODEL, FREE = "small@1", "without-a-limit@1"
CLAIM = Claim("team", Lane.OTHERS)
PATIENT = LaneRules(LONG_S, 100)


@pytest.fixture(params=[MODEL, FREE])
def model(request: pytest.FixtureRequest) -> str:
    """Whether it has a limit or not."""
    return str(request.param)


@pytest.fixture
def gates() -> Gates:
    limits = {MODEL: ModelCapacity(concurrent=1)}
    return Gates(ManualClock(), rules=CapacityRules(models=limits, others=PATIENT))


async def enter(gates: Gates, model: str) -> Place:
    return await gates.enter(model, CLAIM, cost=1, wait_s=LONG_S)


async def ended(gates: Gates, model: str) -> None:
    """As another thread asks for it."""
    thread = threading.Thread(target=gates.end, args=[model])
    thread.start()
    thread.join()
    await asyncio.sleep(0)


async def endless() -> AsyncGenerator[JsonObject, None]:
    yield {"number": 1}
    await asyncio.sleep(LONG_S)
    yield {"number": 2}


async def test_nobody_is_let_in_until_it_is_over(gates: Gates, model: str) -> None:
    gates.drain([model])
    with pytest.raises(BackendDrained):
        await enter(gates, model)
    gates.drain([])
    (await enter(gates, model)).release()
    assert gates.presence(model).is_nobody


async def test_who_is_there_or_waits_goes_on(gates: Gates) -> None:
    first = await enter(gates, MODEL)
    waiting = asyncio.create_task(enter(gates, MODEL))
    await asyncio.sleep(0)
    gates.drain([MODEL])
    assert gates.presence(MODEL) == Presence(running=1, waiting=1)
    first.release()
    (await waiting).release()
    assert gates.presence(MODEL) == Presence()


async def test_at_the_end_all_are_cut_or_turned_away_and_counted(gates: Gates) -> None:
    answer = HeldAnswer(endless(), await enter(gates, MODEL))
    assert await anext(answer) == {"number": 1}
    reading = asyncio.create_task(anext(answer))
    waiting = asyncio.create_task(enter(gates, MODEL))
    await asyncio.sleep(0)
    gates.drain([MODEL])
    await ended(gates, MODEL)
    with pytest.raises(BackendDrained):
        await reading
    with pytest.raises(BackendDrained):
        await waiting
    assert gates.presence(MODEL) == Presence(cut=1, turned_away=1)
    # Another deadline is the same drain; another drain counts anew.
    gates.drain([MODEL])
    assert gates.presence(MODEL).cut == 1
    gates.drain([])
    await asyncio.sleep(0)
    assert gates.presence(MODEL) == Presence()


async def test_an_answer_that_nobody_reads_is_cut_as_well(gates: Gates, model: str) -> None:
    closed = asyncio.Event()

    async def events() -> AsyncGenerator[JsonObject, None]:
        try:
            yield {"number": 1}
            yield {"number": 2}
        finally:
            closed.set()

    answer = HeldAnswer(events(), await enter(gates, model))
    await anext(answer)
    gates.drain([model])
    await ended(gates, model)
    await asyncio.wait_for(closed.wait(), 30)
    with pytest.raises(BackendDrained):
        await anext(answer)
    assert gates.presence(model) == Presence(cut=1)


async def test_whoever_leaves_while_it_is_cut_has_left(gates: Gates, model: str) -> None:
    """Its own cancellation is not taken for the cut."""
    answer = HeldAnswer(endless(), await enter(gates, model))
    await anext(answer)
    reading = asyncio.create_task(anext(answer))
    await asyncio.sleep(0)
    gates.drain([model])
    reading.cancel()
    await ended(gates, model)
    with suppress(BackendDrained, asyncio.CancelledError):
        await reading
    await answer.aclose()
    assert reading.cancelled()
    assert gates.presence(model).is_nobody


async def test_a_turn_that_came_with_the_end_comes_too_late(gates: Gates) -> None:
    first = await enter(gates, MODEL)
    waiting = asyncio.create_task(enter(gates, MODEL))
    await asyncio.sleep(0)
    gates.drain([MODEL])
    first.release()  # its turn has come, and it has not run since
    assert gates.presence(MODEL) == Presence(running=1)
    gates._end(MODEL)
    with pytest.raises(BackendDrained):
        await waiting
    assert gates.presence(MODEL) == Presence(turned_away=1)


async def test_a_timeout_of_the_work_itself_is_no_cut(gates: Gates, model: str) -> None:
    place = await enter(gates, model)
    with pytest.raises(TimeoutError):
        async with place.until_cut():
            raise TimeoutError
    place.release()


async def test_nothing_happens_to_a_model_that_is_not_drained(gates: Gates, model: str) -> None:
    place = await enter(gates, model)
    await ended(gates, model)
    async with place.until_cut():
        await asyncio.sleep(0)
    place.release()
    assert gates.presence(model) == Presence()


async def test_an_answer_is_closed_once_by_whoever_comes_first(gates: Gates, model: str) -> None:
    """The cut closes what nobody reads, and whoever reads it closes it as well."""
    closing = asyncio.Event()

    async def events() -> AsyncGenerator[JsonObject, None]:
        try:
            yield {"number": 1}
        finally:
            await closing.wait()

    answer = HeldAnswer(events(), await enter(gates, model))
    await anext(answer)
    gates.drain([model])
    await ended(gates, model)
    await asyncio.sleep(0)
    leaving = asyncio.create_task(answer.aclose())
    await asyncio.sleep(0)
    closing.set()
    await leaving
    assert gates.presence(model) == Presence(cut=1)
