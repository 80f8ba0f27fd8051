"""Appending: as many requests at a time as a busy gateway has, through its one writer."""

from __future__ import annotations

import asyncio
import random
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.audit.workload import closing, opening
from router.ids import new_id
from router.store.writer import Writer

MAX_SAMPLED = 1_000


@dataclass(slots=True)
class Appended:
    """`waits_s` is how long each half waited to be durable; `sampled` are ids to be proved."""

    seconds: float = 0.0
    cpu_s: float = 0.0
    waits_s: array[float] = field(default_factory=lambda: array("f"))
    sampled: list[str] = field(default_factory=list)


async def append(
    writer: Writer, records: int, concurrency: int, on_progress: Callable[[int], None]
) -> Appended:
    """Writes `records` entries, half of them decisions, the others their outcomes.

    Every task writes a decision, waits until it is durable, and then its outcome. `on_progress`
    is told how many are durable, a hundred times in all.
    """
    appended = Appended()
    requests = records // 2
    numbers = iter(range(requests))
    chosen = frozenset(random.Random(1).sample(range(requests), min(MAX_SAMPLED, requests)))  # noqa: S311
    step = max(1, records // 100)

    async def work() -> None:
        for number in numbers:
            request_id = new_id()
            for half in (opening, closing):
                began_s = time.perf_counter()
                await writer.write(half(request_id, number))
                appended.waits_s.append(time.perf_counter() - began_s)
                if len(appended.waits_s) % step == 0:
                    on_progress(len(appended.waits_s))
            if number in chosen:
                appended.sampled.append(request_id)

    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(concurrency):
            tasks.create_task(work())
    appended.seconds = time.perf_counter() - began_s
    appended.cpu_s = time.process_time() - began_cpu_s
    return appended
