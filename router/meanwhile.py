"""Work that goes on while a block of code waits for something else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")


@asynccontextmanager
async def meanwhile(work: Coroutine[Any, Any, T]) -> AsyncGenerator[asyncio.Task[T], None]:
    """The task of `work`, for the time of the block; nothing of it is left afterwards.

    The block awaits it where it needs the result, and hears of its error there: what fails earlier
    waits to be heard, so that of several errors it is always the same one that is raised. A block
    that ends before its task does cancels it.
    """
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # or asyncio would log an error that nobody asked for
