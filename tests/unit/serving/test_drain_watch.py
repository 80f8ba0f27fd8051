"""What is drained in the database is drained at every gateway, and each says how it stands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from router.errors import BackendDrained
from router.load.drains import (
    FRESH_S,
    Drain,
    DrainLevel,
    DrainState,
    drain,
    drains_now,
    end_drain,
    state_of,
    tell,
)
from router.load.gates import Claim, Gates, Presence
from router.load.place import Place
from router.load.rules import Lane
from router.store.database import connect, reading
from router.store.writer import Writer
from serving.drain_watch import DrainWatch
from tests.migrated import migrated_sqlite
from tests.unit.clock import ManualClock
from tests.waiting import until

MODEL = "own@1"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    file = tmp_path / "drains.db"
    file.write_bytes(migrated_sqlite())
    engine = connect(f"sqlite:///{file}")
    yield engine
    engine.dispose()


class Gateway:
    """What of a gateway takes part in drains."""

    def __init__(self, engine: Engine, clock: ManualClock, count: int) -> None:
        self.gates = Gates(clock)
        self.writer = Writer(engine)
        self.watch = DrainWatch(engine, self.writer, self.gates, clock, lambda: count)

    @contextmanager
    def running(self) -> Iterator[Gates]:
        self.writer.start()
        self.watch.start()
        try:
            yield self.gates
        finally:
            self.watch.close()
            self.writer.close()


def asked(engine: Engine, clock: ManualClock, within_s: float = 60.0) -> Drain:
    now_s = clock.now_s()
    wanted = Drain(MODEL, now_s, now_s + within_s, "somebody", "a drill")
    with engine.begin() as connection:
        drain(connection, wanted)
    return wanted


def stands(engine: Engine, wanted: Drain, clock: ManualClock) -> DrainState:
    with reading(engine).connect() as connection:
        return state_of(connection, wanted, clock.now_s())


async def entered(gates: Gates) -> Place:
    return await gates.enter(MODEL, Claim("team", Lane.MUST_STAY), cost=1, wait_s=1)


async def soon(condition: Callable[[], object]) -> None:
    """As `until`, for what this event loop has to do itself."""
    await asyncio.to_thread(until, condition)


async def test_it_is_over_when_nobody_is_there_at_any_gateway(engine: Engine) -> None:
    clock = ManualClock()
    one, two = (Gateway(engine, clock, count=2) for _ in range(2))
    with one.running() as first, two.running() as second:
        place = await entered(first)
        wanted = asked(engine, clock)
        await soon(lambda: stands(engine, wanted, clock).heard == 2)
        assert stands(engine, wanted, clock).presence == Presence(running=1)
        for gates in (first, second):
            with pytest.raises(BackendDrained):
                await entered(gates)
        place.release()
        await soon(lambda: stands(engine, wanted, clock).is_over)
        with engine.begin() as connection:
            assert end_drain(connection, MODEL)
        await asyncio.wait_for(open_again(first), 60)


async def open_again(gates: Gates) -> None:
    while True:
        try:
            (await entered(gates)).release()
        except BackendDrained:
            await asyncio.sleep(0.01)
        else:
            return


async def test_at_the_deadline_whoever_is_there_is_cut_and_counted(engine: Engine) -> None:
    clock = ManualClock()
    with Gateway(engine, clock, count=1).running() as gates:
        place = await entered(gates)
        wanted = asked(engine, clock, within_s=60.0)
        await soon(lambda: stands(engine, wanted, clock).heard)
        clock.advance(60.0)
        with pytest.raises(BackendDrained):
            async with place.until_cut():
                await asyncio.Event().wait()
        place.release()
        await soon(lambda: stands(engine, wanted, clock).is_over)
        assert stands(engine, wanted, clock).presence == Presence(cut=1)


async def test_a_gateway_that_starts_later_is_closed_from_the_start(engine: Engine) -> None:
    clock = ManualClock()
    asked(engine, clock)
    with Gateway(engine, clock, count=1).running() as gates, pytest.raises(BackendDrained):
        await entered(gates)


def test_a_gateway_that_is_gone_is_not_waited_for_and_what_it_cut_is_remembered(
    engine: Engine,
) -> None:
    clock = ManualClock()
    wanted = asked(engine, clock)
    with engine.begin() as connection:
        for gateway, found in (("gone", Presence(running=3, cut=2)), ("here", Presence())):
            tell(connection, wanted, DrainLevel(gateway, 2, found), clock.now_s())
    assert not stands(engine, wanted, clock).is_over
    clock.advance(FRESH_S)
    with engine.begin() as connection:
        tell(connection, wanted, DrainLevel("here", 1, Presence()), clock.now_s())
    assert stands(engine, wanted, clock).is_over
    assert stands(engine, wanted, clock).presence.cut == 2


def test_another_deadline_is_the_same_drain_told_of_anew(engine: Engine) -> None:
    clock = ManualClock()
    earlier = asked(engine, clock)
    clock.advance(1.0)
    later = asked(engine, clock)
    with engine.begin() as connection:
        assert drains_now(connection) == [later]
        tell(connection, earlier, DrainLevel("late", 1, Presence()), clock.now_s())
        tell(connection, later, DrainLevel("gone", 1, Presence(cut=3)), clock.now_s())
    clock.advance(1.0)
    latest = asked(engine, clock)
    assert not stands(engine, latest, clock).heard
    assert stands(engine, latest, clock).presence.cut == 3, "it is the same drain, for longer"
    with engine.begin() as connection:
        assert end_drain(connection, MODEL)
        assert not end_drain(connection, MODEL)
