"""The load of one scenario, over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx2

from benchmarks.overload.scenario import PRIVATE, Scenario, Workload, body

_PATIENCE_S = 120.0
_KEEP_S = 2.0
"""A connection that the gateway may be about to close is not used again."""
_AT_LEAST_S = 0.1
"""Between two refusals of a flood's client, whatever it was told."""


@dataclass(frozen=True, slots=True)
class Target:
    """A gateway, and the keys of two teams."""

    url: str
    quiet_key: str = field(repr=False)
    flood_key: str = field(repr=False)


@dataclass(slots=True)
class Phase:
    """What was seen in one run of one scenario; `latencies_s` are of the quiet team's answers.

    Statuses are counted as text; 0 stands for no answer at all.
    """

    scenario: Scenario
    latencies_s: list[float] = field(default_factory=list)
    quiet: Counter[str] = field(default_factory=Counter)
    flood: Counter[str] = field(default_factory=Counter)


async def run_phase(target: Target, scenario: Scenario, workload: Workload) -> Phase:
    """Begins with the warm-up, and ends when every request of the quiet team is answered."""
    phase = Phase(scenario)
    limits = httpx2.Limits(max_connections=None, keepalive_expiry=_KEEP_S)
    async with httpx2.AsyncClient(
        base_url=target.url, trust_env=False, timeout=_PATIENCE_S, limits=limits
    ) as client:
        flood = [
            asyncio.create_task(_flood(client, target, scenario.flooded, phase))
            for _ in range(workload.clients if scenario.flooded else 0)
        ]
        try:
            await asyncio.sleep(workload.warm_up_s)
            phase.flood.clear()
            await _quiet(client, target, workload, phase)
        finally:
            for task in flood:
                task.cancel()
            await asyncio.gather(*flood, return_exceptions=True)
    return phase


async def _quiet(
    client: httpx2.AsyncClient, target: Target, workload: Workload, phase: Phase
) -> None:
    """Open loop: a late answer does not delay the next question."""

    async def one() -> None:
        began_s = time.perf_counter()
        answer = await _ask(client, target.quiet_key, PRIVATE)
        phase.quiet[_status(answer)] += 1
        if answer is not None and answer.is_success:
            phase.latencies_s.append(time.perf_counter() - began_s)

    begins_s = time.perf_counter()
    async with asyncio.TaskGroup() as asking:
        for number in range(int(workload.quiet_rps * workload.seconds)):
            due_s = begins_s + number / workload.quiet_rps
            await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
            asking.create_task(one())


async def _flood(
    client: httpx2.AsyncClient, target: Target, choice: str | None, phase: Phase
) -> None:
    """Closed loop, until it is cancelled."""
    while choice is not None:
        answer = await _ask(client, target.flood_key, choice)
        phase.flood[_status(answer)] += 1
        if answer is None or not answer.is_success:
            told_s = "0" if answer is None else answer.headers.get("retry-after", "0")
            await asyncio.sleep(max(_AT_LEAST_S, float(told_s)))


async def _ask(client: httpx2.AsyncClient, key: str, choice: str) -> httpx2.Response | None:
    headers = {"authorization": f"Bearer {key}"}
    try:
        return await client.post("/v1/chat/completions", json=body(choice), headers=headers)
    except httpx2.TransportError:
        return None


def _status(answer: httpx2.Response | None) -> str:
    return "0" if answer is None else str(answer.status_code)
