"""The watchdog ends an engine that stands still, once, and lets a saturated one be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from serving.health.judge import Health, Patience
from serving.health.progress import Progress
from serving.health.watchdog import PROBE_INTERVAL_S, SERVE_HEALTH, EngineStalled, Watchdog
from tests.unit.clock import ManualClock

PATIENCE = Patience(loop_s=10.0, tokens_s=40.0)


class StandInEngine:
    """Does what it is set to: answers or not, generates or not."""

    def __init__(self) -> None:
        self.answers = True
        self.generates = True
        self.errs = False
        self.tokens = 0
        self.computed_s = 0.0
        self.pings = 0
        self.probes = 0
        self.kills = 0
        self.pinged = asyncio.Event()

    async def ping(self) -> None:
        self.pings += 1
        self.pinged.set()
        if self.errs:
            raise RuntimeError("the engine is dead")
        if not self.answers:
            await asyncio.Event().wait()

    async def generate_one(self) -> None:
        self.probes += 1
        if not (self.answers and self.generates):
            await asyncio.Event().wait()

    def tokens_in_flight(self) -> int:
        return self.tokens

    def cpu_s(self) -> float:
        return self.computed_s

    def kill(self) -> None:
        self.kills += 1


class Watched:
    """A watchdog that looks once a second of a clock that tests move."""

    def __init__(self) -> None:
        self.clock = ManualClock(0.0)
        self.engine = StandInEngine()
        self.progress = Progress(self.clock.monotonic_s)
        self.dog = Watchdog(self.engine, self.progress, PATIENCE, self.clock.monotonic_s)

    async def seconds(self, seconds: int) -> Health:
        verdict = Health.HEALTHY
        for _ in range(seconds):
            self.clock.advance(1.0)
            verdict = self.dog.look()
            # What it asked for is answered at once or not at all.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return verdict


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    case = Watched()
    yield case
    await case.dog.close()


async def test_an_engine_that_works_is_healthy(watched: Watched) -> None:
    with watched.progress.request():
        for _ in range(100):
            watched.progress.output()
            assert await watched.seconds(1) is Health.HEALTHY
    watched.dog.check()
    assert watched.engine.pings == 100


async def test_a_stopped_engine_is_ended_within_thirty_seconds_with_load(watched: Watched) -> None:
    with watched.progress.request():
        await watched.seconds(5)
        watched.engine.answers = False
        verdict = await watched.seconds(13)
    assert verdict is Health.SILENT
    assert watched.engine.kills == 1
    with pytest.raises(EngineStalled, match="has not answered"):
        watched.dog.check()


async def test_a_stopped_engine_is_ended_within_thirty_seconds_without_load(
    watched: Watched,
) -> None:
    await watched.seconds(3)
    watched.engine.answers = False
    assert await watched.seconds(13) is Health.SILENT
    assert watched.engine.kills == 1


def test_serve_hears_of_it_in_time() -> None:
    """13 s to the verdict, then three questions in a row that fail or are not answered."""
    asked_s = SERVE_HEALTH["health_check_period_s"]
    assert 13 + 3 * asked_s < 30
    assert 3 * (SERVE_HEALTH["health_check_timeout_s"] + asked_s) < 30


async def test_a_long_step_is_not_a_stopped_engine(watched: Watched) -> None:
    """The loop answers between two steps, and one may compute for longer than the patience."""
    watched.engine.answers = False
    with watched.progress.request():
        for _ in range(30):
            watched.engine.computed_s += 0.9
            assert await watched.seconds(1) is Health.HEALTHY
    assert watched.engine.kills == 0


async def test_answers_that_are_not_streamed_are_progress_while_they_are_written(
    watched: Watched,
) -> None:
    with watched.progress.request():
        for _ in range(300):
            watched.engine.tokens += 1
            assert await watched.seconds(1) is Health.HEALTHY


async def test_a_saturated_engine_is_never_ended(watched: Watched) -> None:
    """A hundred requests wait for minutes behind one that gets a token every half a minute."""
    with watched.progress.request():
        for at in range(600):
            if at % 30 == 0:
                watched.progress.output()
            assert await watched.seconds(1) is Health.HEALTHY
    assert watched.engine.kills == 0


async def test_an_engine_that_answers_and_generates_nothing_is_ended(watched: Watched) -> None:
    watched.engine.generates = False
    with watched.progress.request():
        assert await watched.seconds(42) is Health.BARREN
    with pytest.raises(EngineStalled, match="no token"):
        watched.dog.check()


async def test_an_idle_engine_is_asked_for_a_token_and_found_out(watched: Watched) -> None:
    await watched.seconds(35)
    assert watched.engine.probes == 35 // int(PROBE_INTERVAL_S)
    watched.engine.generates = False
    assert await watched.seconds(10 + 42) is Health.BARREN


async def test_a_busy_engine_is_not_probed(watched: Watched) -> None:
    with watched.progress.request():
        for _ in range(60):
            watched.progress.output()
            await watched.seconds(1)
    assert watched.engine.probes == 0


async def test_the_verdict_is_final_and_the_engine_is_ended_once(watched: Watched) -> None:
    watched.engine.answers = False
    await watched.seconds(20)
    watched.engine.answers = True
    watched.engine.computed_s += 5.0
    assert await watched.seconds(30) is Health.SILENT
    assert watched.engine.kills == 1


async def test_an_engine_that_errs_is_left_to_its_own_health_check(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.engine.errs = True
    await watched.seconds(3)
    watched.dog.check()
    assert "RuntimeError" in caplog.text
    assert "the engine is dead" not in caplog.text


async def test_it_looks_by_itself_from_start_to_close() -> None:
    engine, progress = StandInEngine(), Progress()
    dog = Watchdog(engine, progress, PATIENCE)
    dog.start()
    async with asyncio.timeout(30):
        await engine.pinged.wait()
    await dog.close()
    asked = engine.pings
    await asyncio.sleep(0)
    assert engine.pings == asked


def test_progress_counts_what_is_in_flight_and_how_long_the_oldest_waits() -> None:
    clock = ManualClock(0.0)
    progress = Progress(clock.monotonic_s)
    assert (progress.in_flight, progress.oldest_s) == (0, 0.0)
    first, second = progress.request(), progress.request()
    first.__enter__()
    clock.advance(3.0)
    second.__enter__()
    assert (progress.in_flight, progress.oldest_s) == (2, 3.0)
    first.__exit__(None, None, None)
    clock.advance(1.0)
    assert (progress.in_flight, progress.oldest_s) == (1, 1.0)
    second.__exit__(None, None, None)
    assert (progress.in_flight, progress.oldest_s) == (0, 0.0)
