"""Every way in which a run breaks things. Each mends what it broke before it returns.

How long one lasts is counted in requests that end meanwhile, with a bound in seconds.
"""

from __future__ import annotations

import asyncio
import resource
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil

from benchmarks.leak.schedule import Kind
from benchmarks.privacy.generated.draw import Draw
from serving.bench.leak.child import DidNotStart
from serving.bench.leak.configuration import (
    ATTEMPT_TIMEOUT_S,
    DETECTION_DEADLINE_S,
    EXTERNAL,
    ON_PREM,
)
from serving.bench.leak.disturbed import Disturbance
from serving.bench.leak.gateway import GatewayProcess
from serving.bench.leak.stage import Stage

Inject = Callable[[Stage, Draw], Awaitable[None]]

BURST = 96


@dataclass(frozen=True, slots=True)
class Fault:
    kind: Kind
    inject: Inject


async def _kill_a_worker(stage: Stage, draw: Draw) -> None:
    draw.of(stage.a_gateway(draw).workers()).kill()
    await stage.hold(10, at_most_s=1.0)


async def _kill_all_workers(stage: Stage, draw: Draw) -> None:
    for worker in stage.a_gateway(draw).workers():
        worker.kill()
    await stage.hold(20, at_most_s=1.0)


async def _stop_workers(stage: Stage, draw: Draw) -> None:
    stopped = stage.a_gateway(draw).stop_workers()
    await stage.hold(60, at_most_s=DETECTION_DEADLINE_S + 1)
    for worker in stopped:
        with suppress(psutil.Error):
            worker.send_signal(signal.SIGCONT)


async def _burst(stage: Stage, draw: Draw) -> None:
    stage.load.burst(BURST)
    await stage.hold(BURST // 2, at_most_s=2.0)


def _disturb(disturbance: Disturbance) -> Inject:
    async def inject(stage: Stage, draw: Draw) -> None:
        gateway = stage.a_gateway(draw)
        gateway.disturb(disturbance)
        await stage.hold(15, at_most_s=1.5)
        gateway.disturb("none")

    return inject


def _lock(at_most_s: float) -> Inject:
    """Somebody else is writing, and does not stop: no commit comes through."""

    async def inject(stage: Stage, draw: Draw) -> None:
        with stage.database() as connection:
            await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
            try:
                await stage.hold(200, at_most_s=at_most_s)
            finally:
                connection.execute("ROLLBACK")

    return inject


def _refuse(table: str) -> Inject:
    """Every insert into one table fails."""

    async def inject(stage: Stage, draw: Draw) -> None:
        with stage.database() as connection:
            await asyncio.to_thread(
                connection.execute,
                f"CREATE TRIGGER refused BEFORE INSERT ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'refused'); END",
            )
            try:
                await stage.hold(15, at_most_s=1.5)
            finally:
                await asyncio.to_thread(connection.execute, "DROP TRIGGER refused")

    return inject


async def _fill_the_disk(stage: Stage, draw: Draw) -> None:
    """The kernel refuses to let any file of one gateway's grow, as on a full disk."""
    with stage.a_gateway(draw).limited(resource.RLIMIT_FSIZE, 1):
        await stage.hold(15, at_most_s=1.5)


async def _take_file_descriptors(stage: Stage, draw: Draw) -> None:
    """One gateway gets no new connection: to the database, to a provider, from a client."""
    gateway = stage.a_gateway(draw)
    with gateway.limited(resource.RLIMIT_NOFILE, gateway.open_files):
        await stage.hold(15, at_most_s=1.5)


def _kill_provider(names: tuple[str, ...]) -> Inject:
    async def inject(stage: Stage, draw: Draw) -> None:
        provider = stage.providers[draw.of(names)]
        await provider.stop(kill=True)
        await stage.hold(30, at_most_s=1.0)
        await provider.start()

    return inject


def _misbehave(
    names: tuple[str, ...] = (*ON_PREM, *EXTERNAL), *, together: bool = False, **changes: Any
) -> Inject:
    """One of these providers, or all of them, behaves so (see SimulatorConfig) for a while."""

    async def inject(stage: Stage, draw: Draw) -> None:
        chosen = names if together else (draw.of(names),)
        for name in chosen:
            await stage.providers[name].configure(**changes)
        await stage.hold(40, at_most_s=1.5)
        for name in chosen:
            await stage.providers[name].configure()

    return inject


async def _stall(stage: Stage, draw: Draw) -> None:
    provider = stage.providers[draw.of((*ON_PREM, *EXTERNAL))]
    await provider.configure(stall=True)
    await stage.hold(60, at_most_s=ATTEMPT_TIMEOUT_S + 0.5)
    await provider.configure()


async def _redirect_outside(stage: Stage, draw: Draw) -> None:
    """An on-prem server sends everybody on to an external provider, who would take the body."""
    provider, outside = stage.providers[draw.of(ON_PREM)], stage.providers["openai"]
    await provider.configure(redirect_to=f"{outside.origin}/v1/chat/completions")
    await stage.hold(40, at_most_s=1.5)
    await provider.configure()


async def _kill_gateway(stage: Stage, draw: Draw) -> None:
    gateway = stage.a_gateway(draw)
    await _restart(gateway, stage, draw, kill=True)


async def _reload_policy(stage: Stage, draw: Draw) -> None:
    """A reload is a restart: with another policy, on the same database, while others serve."""
    gateway = stage.a_gateway(draw)
    gateway_policy = draw.of([policy for policy in stage.policies if policy != gateway.policy])
    await gateway.stop()
    await gateway.start(gateway_policy)


async def _restart(gateway: GatewayProcess, stage: Stage, draw: Draw, *, kill: bool) -> None:
    policy = gateway.policy
    assert policy is not None
    await gateway.stop(kill=kill)
    await gateway.start(policy)


async def _load_bad_policy(stage: Stage, draw: Draw) -> None:
    """One under which restricted requests could go outside: it must not start."""
    gateway = GatewayProcess(stage.directory, "gateway-bad", stage.models, stage.detector)
    try:
        await gateway.start(stage.bad_policy, tries=1)
    except DidNotStart:
        return
    stage.bad_configurations_served += 1
    await gateway.stop()


def all_faults() -> Mapping[str, Fault]:
    """By name. Those of a family take turns; families break things at the same time."""
    described: tuple[tuple[str, str, float, Inject], ...] = (
        ("worker_killed", "detector", 1, _kill_a_worker),
        ("workers_killed", "detector", 0.5, _kill_all_workers),
        ("workers_stopped", "detector", 0.3, _stop_workers),
        ("overloaded", "detector", 1, _burst),
        ("raises", "detector", 1, _disturb("raises")),
        ("late", "detector", 1, _disturb("late")),
        ("nonsense", "detector", 1, _disturb("nonsense")),
        ("no_version", "detector", 1, _disturb("no_version")),
        ("locked", "ledger", 1, _lock(1.0)),
        ("locked_long", "ledger", 0.15, _lock(6.0)),
        ("decisions_refused", "ledger", 1, _refuse("decisions")),
        ("outcomes_refused", "ledger", 1, _refuse("outcomes")),
        ("disk_full", "ledger", 1, _fill_the_disk),
        ("no_file_descriptors", "ledger", 1, _take_file_descriptors),
        ("on_prem_killed", "backends", 1, _kill_provider(ON_PREM)),
        ("external_killed", "backends", 1, _kill_provider(EXTERNAL)),
        (
            "on_prem_all_down",
            "backends",
            1,
            _misbehave(ON_PREM, together=True, outage="unavailable"),
        ),
        ("errors_500", "backends", 1, _misbehave(error_rate=0.7)),
        (
            "errors_429",
            "backends",
            1,
            _misbehave(error_rate=0.7, error_status=429, retry_after_s=1),
        ),
        ("closed", "backends", 1, _misbehave(outage="closed")),
        ("stalled", "backends", 0.5, _stall),
        ("slow", "backends", 1, _misbehave(ttft_s=0.3, itl_s=0.02, jitter=0.5)),
        ("stream_cut", "backends", 1, _misbehave(cut_stream_after_tokens=5)),
        ("stream_error", "backends", 1, _misbehave(error_in_stream_after_tokens=5)),
        ("redirects_outside", "backends", 1, _redirect_outside),
        ("gateway_killed", "gateway", 1, _kill_gateway),
        ("policy_reloaded", "gateway", 1, _reload_policy),
        ("bad_policy", "gateway", 0.2, _load_bad_policy),
    )
    return {
        name: Fault(Kind(name, family, weight), inject)
        for name, family, weight, inject in described
    }
