"""Work beside a block is over when the block is, however either of them ends."""

from __future__ import annotations

import asyncio
import gc

import pytest

from router.meanwhile import meanwhile


class Work:
    """Waits until it is let go; knows whether it began, and how it ended."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go = asyncio.Event()
        self.began = asyncio.Event()
        self.ended = "not yet"
        self._error = error

    async def run(self) -> str:
        self.began.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.ended = "cancelled"
            raise
        self.ended = "done"
        if self._error is not None:
            raise self._error
        return "found"


def others() -> set[asyncio.Task[object]]:
    return asyncio.all_tasks() - {asyncio.current_task()}


async def test_the_block_goes_on_meanwhile_and_has_the_result_where_it_asks() -> None:
    work = Work()
    async with meanwhile(work.run()) as task:
        await work.began.wait()
        work.go.set()
        assert await task == "found"
    assert others() == set()


async def test_an_error_is_heard_where_the_result_is_awaited_and_not_before() -> None:
    work = Work(KeyError("a"))
    async with meanwhile(work.run()) as task:
        work.go.set()
        await asyncio.wait({task})
        with pytest.raises(KeyError):
            await task


async def test_the_errors_of_a_block_and_of_what_it_did_not_wait_for_are_the_blocks(
    event_loop_errors: list[dict[str, object]],
) -> None:
    work = Work(KeyError("a"))

    async def block() -> None:
        async with meanwhile(work.run()) as task:
            work.go.set()
            await asyncio.wait({task})
            raise ValueError("of the block")

    with pytest.raises(ValueError, match="of the block"):
        await block()
    gc.collect()
    assert event_loop_errors == []


async def test_a_block_that_fails_leaves_nothing_behind() -> None:
    work = Work()

    async def block() -> None:
        async with meanwhile(work.run()):
            await work.began.wait()
            raise ValueError("of the block")

    with pytest.raises(ValueError, match="of the block"):
        await block()
    assert work.ended == "cancelled"
    assert others() == set()


async def test_a_caller_that_leaves_leaves_nothing_behind() -> None:
    first, second = Work(), Work()

    async def block() -> str:
        async with meanwhile(first.run()) as one, meanwhile(second.run()) as other:
            return await one + await other

    task = asyncio.create_task(block())
    await second.began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (first.ended, second.ended) == ("cancelled", "cancelled")
    assert others() == set()


@pytest.fixture
async def event_loop_errors() -> list[dict[str, object]]:
    """What asyncio would log of tasks whose error nobody looked at."""
    found: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: found.append(context))
    return found
