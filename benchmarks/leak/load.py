"""Asks all that is planned, so many at a time, and remembers what was said."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import httpx2

from benchmarks.leak.body import Heard, Written, messages_of, write
from benchmarks.leak.client import Seen, ask
from benchmarks.leak.plan import Planned
from router.domain import DataClass


class Entrance(Protocol):
    async def url(self, number: int) -> str:
        """Where request `number` goes: a gateway that is up. Waits for one if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and all that its client knows of it."""

    planned: Planned
    identifiers: tuple[str, ...] = field(repr=False)
    category: str
    sticks: bool
    earlier: int | None
    """The number of the request whose words it brings along."""
    seen: Seen


class Load:
    """Runs once. `asked` has every request that has been begun and ended, by number."""

    def __init__(
        self,
        planned: Sequence[Planned],
        *,
        keys: Sequence[str],
        entrance: Entrance,
        concurrency: int,
        before: Callable[[int], Awaitable[None]] | None = None,
    ) -> None:
        """`keys[n]` is request n's own. `before(n)` is waited for before request n is begun."""
        self._planned = planned
        self._keys = keys
        self._entrance = entrance
        self._concurrency = concurrency
        self._before = before
        self._next: Iterator[Planned] = iter(planned)
        self._heard: dict[int, Heard] = {}
        self._moved = asyncio.Condition()
        self._extra: set[asyncio.Task[bool]] = set()
        self._client: httpx2.AsyncClient | None = None
        self._wanted = frozenset(one.continues for one in planned if one.continues is not None)
        self.asked: dict[int, Asked] = {}
        self.begun = 0

    async def run(self) -> None:
        # One connection each: what a killed gateway leaves behind is nobody else's.
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=self._concurrency)
        async with httpx2.AsyncClient(trust_env=False, timeout=None, limits=limits) as client:
            self._client = client
            async with asyncio.TaskGroup() as tasks:
                for _ in range(self._concurrency):
                    tasks.create_task(self._work())
            await asyncio.gather(*self._extra)

    @property
    def is_over(self) -> bool:
        return len(self.asked) == len(self._planned)

    def burst(self, count: int) -> None:
        """Begins the next `count` requests at once, beside those that are under way."""
        for _ in range(count):
            self._extra.add(asyncio.create_task(self._one()))

    async def reached(self, number: int) -> None:
        """Returns when so many requests have been begun, or there are no more."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.begun >= number or self.is_over)

    async def moved_on(self, count: int, *, at_most_s: float) -> None:
        """Returns when `count` more requests have ended, or after so long."""
        wanted = len(self.asked) + count
        try:
            async with asyncio.timeout(at_most_s), self._moved:
                await self._moved.wait_for(lambda: len(self.asked) >= wanted or self.is_over)
        except TimeoutError:
            return

    async def _work(self) -> None:
        while await self._one():
            pass

    async def _one(self) -> bool:
        """Asks the next request; False if there is none."""
        planned = next(self._next, None)
        if planned is None:
            return False
        if self._before is not None:
            await self._before(planned.number)
        written = write(planned, self._conversation(planned))
        url = await self._entrance.url(planned.number)
        async with self._moved:
            self.begun += 1
            self._moved.notify_all()
        assert self._client is not None
        seen = await ask(self._client, url, planned, written, self._keys[planned.number])
        async with self._moved:
            self._remember(planned, written, seen)
            self._moved.notify_all()
        return True

    def _conversation(self, planned: Planned) -> Heard | None:
        return None if planned.continues is None else self._heard.pop(planned.continues, None)

    def _remember(self, planned: Planned, written: Written, seen: Seen) -> None:
        earlier = planned.continues if written.continues else None
        self.asked[planned.number] = Asked(
            planned=planned,
            identifiers=written.identifiers,
            category=written.category,
            sticks=written.sticks,
            earlier=earlier,
            seen=Seen(seen.ending, seen.request_id, seen.data_class),
        )
        if planned.number not in self._wanted or not seen.is_answered:
            return
        sensitive = seen.data_class is not None and seen.data_class >= DataClass.CONFIDENTIAL
        messages = messages_of(written.body)
        if messages:
            self._heard[planned.number] = Heard(
                messages, seen.answer, sensitive, written.identifiers, written.category
            )


def owners(planned: Sequence[Planned]) -> Mapping[str, int]:
    """Whose each canary is."""
    return {one.canary: one.number for one in planned}
