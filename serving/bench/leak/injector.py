"""Injects what is scheduled when it is due, and counts what was."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence

from benchmarks.leak.record import Fault as FaultCount
from benchmarks.leak.schedule import Due
from benchmarks.privacy.generated.draw import Draw
from serving.bench.leak.faults import Fault
from serving.bench.leak.stage import Stage

_TRIES = 5
_RETRY_WAIT_S = 0.3
_log = logging.getLogger(__name__)


class Injector:
    """One task for each family, so that what is broken is broken by one at a time."""

    def __init__(
        self, due: Sequence[Due], faults: Mapping[str, Fault], *, seed: int, slack: int
    ) -> None:
        """The load is never more than `slack` requests ahead of a fault that is due."""
        self._due = due
        self._faults = faults
        self._seed = seed
        self._slack = slack
        self._waiting = {index: one.at_request for index, one in enumerate(due)}
        self._begun = asyncio.Condition()
        self._injected: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()

    async def run(self, stage: Stage) -> None:
        families: dict[str, list[int]] = {}
        for index, one in enumerate(self._due):
            families.setdefault(one.kind.family, []).append(index)
        async with asyncio.TaskGroup() as tasks:
            for indices in families.values():
                tasks.create_task(self._run_family(stage, indices))

    async def before(self, number: int) -> None:
        """Holds request `number` back until the faults that are long due have begun."""
        async with self._begun:
            await self._begun.wait_for(
                lambda: all(at + self._slack > number for at in self._waiting.values())
            )

    def counts(self) -> tuple[FaultCount, ...]:
        return tuple(
            FaultCount(
                family=fault.kind.family,
                name=name,
                injected=self._injected[name],
                failed=self._failed[name],
            )
            for name, fault in self._faults.items()
        )

    @property
    def injected(self) -> int:
        return self._injected.total()

    async def _run_family(self, stage: Stage, indices: Sequence[int]) -> None:
        for index in indices:
            one = self._due[index]
            await stage.load.reached(one.at_request)
            async with self._begun:
                del self._waiting[index]
                self._begun.notify_all()
            await self._inject(stage, one.kind.name, index)

    async def _inject(self, stage: Stage, name: str, index: int) -> None:
        for try_number in range(_TRIES):
            try:
                await self._faults[name].inject(stage, Draw(self._seed, "fault", index, try_number))
            except Exception as error:  # what is to be broken may be broken already
                _log.warning("%s was not injected: %r", name, error)
                await asyncio.sleep(_RETRY_WAIT_S)
            else:
                self._injected[name] += 1
                return
        self._failed[name] += 1
