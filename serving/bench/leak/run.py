"""A whole run: everything started, asked, broken, ended, and what comes of it."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from benchmarks.leak.arrivals import Arrival, Spool
from benchmarks.leak.client import LEFT
from benchmarks.leak.count import Evidence
from benchmarks.leak.load import Load, owners
from benchmarks.leak.plan import Planned, plan
from benchmarks.leak.record import CLIENTS, LeakRecord
from benchmarks.leak.record import Fault as FaultCount
from benchmarks.leak.sample import Sample
from benchmarks.leak.schedule import schedule
from benchmarks.leak.sightings import Sighting, sight, sight_by_identifiers
from benchmarks.leak.tally import tally
from benchmarks.machine import commit, library_versions, this_machine
from serving.bench.leak.configuration import (
    ATTEMPTS_PER_MODEL,
    CATALOGUE,
    EXTERNAL,
    ON_PREM,
    external_providers,
    write_configuration,
)
from serving.bench.leak.faults import all_faults
from serving.bench.leak.gateway import GatewayProcess
from serving.bench.leak.injector import Injector
from serving.bench.leak.keys import make_keys
from serving.bench.leak.provider import RecordingProvider
from serving.bench.leak.records import read_records
from serving.bench.leak.secrets import make_secrets, read_root_secret
from serving.bench.leak.stage import Doors, Stage

_ROOT = Path(__file__).resolve().parents[3]
_LIBRARIES = (
    "fastapi",
    "google-re2",
    "httpx2",
    "onnxruntime",
    "presidio-analyzer",
    "sqlalchemy",
    "uvicorn",
)
_WATCH_INTERVAL_S = 0.25
_MAX_SLACK = 256


@dataclass(frozen=True, slots=True)
class Settings:
    """`every` is how many requests there are to a fault; None for no faults. `samples` says in the
    record what `given` are. `pace` is by what the time that faults last is multiplied.
    """

    requests: int
    seed: int
    concurrency: int
    detector: Literal["real", "fake"]
    samples: str
    given: Sequence[Sample] = field(repr=False)
    every: int | None = 40
    gateways: int = 2
    pace: float = 1.0


@dataclass(frozen=True, slots=True)
class Progress:
    begun: int
    ended: int
    arrived_outside: int
    injected: int


async def run_leak(
    settings: Settings, on_progress: Callable[[Progress], None] = lambda _: None
) -> LeakRecord:
    """Runs in a directory that is gone afterwards: what was sent is in it. Raises DidNotStart."""
    planned = list(plan(settings.given, CATALOGUE, requests=settings.requests, seed=settings.seed))
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ringfence-leak-")))
        make_secrets(directory)
        database_url = f"sqlite:///{directory / 'ringfence.db'}"
        keys = await asyncio.to_thread(
            make_keys, database_url, read_root_secret(directory), planned
        )
        providers = {name: RecordingProvider(name, directory) for name in (*ON_PREM, *EXTERNAL)}
        for provider in providers.values():
            stack.push_async_callback(provider.stop)
        await asyncio.gather(*(provider.start() for provider in providers.values()))
        origins = {name: provider.origin for name, provider in providers.items()}
        models, policies, bad = write_configuration(directory, origins)
        gateways = [
            GatewayProcess(directory, f"gateway-{number}", models, settings.detector)
            for number in range(settings.gateways)
        ]
        for gateway in gateways:
            stack.push_async_callback(gateway.stop)
        await asyncio.gather(*(gateway.start(policies[0]) for gateway in gateways))
        injector = _injector(settings)
        load = Load(
            planned,
            keys=keys.texts,
            entrance=Doors(gateways),
            concurrency=settings.concurrency,
            before=injector.before,
        )
        stage = Stage(
            directory=directory,
            models=models,
            policies=policies,
            bad_policy=bad,
            detector=settings.detector,
            gateways=gateways,
            providers=providers,
            load=load,
            pace=settings.pace,
        )
        watch = _Watch(stage, injector, planned, on_progress)
        began_s = time.monotonic()
        await _perform(stage, injector, watch)
        duration_s = time.monotonic() - began_s
        # In this order, and before anything is counted: late records, and late arrivals.
        await asyncio.gather(*(gateway.stop() for gateway in gateways))
        await asyncio.gather(*(provider.stop() for provider in providers.values()))
        watch.look(final=True)
        evidence = Evidence(
            asked=load.asked,
            records=read_records(database_url, keys.numbers),
            sightings=watch.sightings,
            providers=external_providers(origins),
            attempts_per_model=ATTEMPTS_PER_MODEL,
        )
        return _record(settings, evidence, stage, injector, duration_s)


def _injector(settings: Settings) -> Injector:
    faults = all_faults() if settings.every else {}
    due = schedule(
        [fault.kind for fault in faults.values()],
        requests=settings.requests,
        every=settings.every or 1,
        seed=settings.seed,
    )
    # Enough for a fault to see as many requests end as it lasts for; few, where there are few.
    slack = max(2 * settings.concurrency, min(_MAX_SLACK, settings.requests // 10))
    return Injector(due, faults, seed=settings.seed, slack=slack)


async def _perform(stage: Stage, injector: Injector, watch: _Watch) -> None:
    """Returns when all is asked and all that was broken is mended."""
    watching = asyncio.create_task(watch.run())
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(injector.run(stage))
            tasks.create_task(stage.load.run())
    finally:
        watching.cancel()
        await asyncio.wait([watching])
    if not watching.cancelled() and (error := watching.exception()) is not None:
        raise error


class _Watch:
    """Reads what providers write down while they do, and starts gateways that died."""

    def __init__(
        self,
        stage: Stage,
        injector: Injector,
        planned: Sequence[Planned],
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._stage = stage
        self._injector = injector
        self._owners = owners(planned)
        self._on_progress = on_progress
        self._spools = [Spool(name, stage.providers[name].spool) for name in EXTERNAL]
        self._unmarked: list[Arrival] = []
        self.sightings: list[Sighting] = []

    async def run(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_INTERVAL_S)
            self.look()
            await self._revive()
            load = self._stage.load
            self._on_progress(
                Progress(load.begun, len(load.asked), len(self.sightings), self._injector.injected)
            )

    def look(self, *, final: bool = False) -> None:
        """Takes in what has arrived; the last time, what never came to its end as well."""
        for spool in self._spools:
            for arrival in spool.read() + (spool.rest() if final else []):
                sighting = sight(arrival, self._owners)
                if sighting.numbers:
                    self.sightings.append(sighting)
                else:
                    self._unmarked.append(arrival)
        if final:
            asked = list(self._stage.load.asked.values())
            self.sightings += [sight_by_identifiers(one, asked) for one in self._unmarked]

    async def _revive(self) -> None:
        for gateway in self._stage.gateways:
            if gateway.is_up and gateway.has_died:
                self._stage.deaths += 1
                assert gateway.policy is not None
                await gateway.stop()
                await gateway.start(gateway.policy)


def _record(
    settings: Settings, evidence: Evidence, stage: Stage, injector: Injector, duration_s: float
) -> LeakRecord:
    counted = tally(evidence)
    head, changed = commit(_ROOT)
    left = counted.endings.get(LEFT, 0)
    clients = FaultCount(family=CLIENTS, name="left", injected=left, failed=0)
    return LeakRecord(
        measured_at=datetime.now(UTC).replace(microsecond=0),
        commit=head,
        uncommitted_changes=changed,
        seed=settings.seed,
        requests=len(evidence.asked),
        concurrency=settings.concurrency,
        gateways=settings.gateways,
        duration_s=round(duration_s, 1),
        detector=settings.detector,
        detector_versions=counted.detector_versions,
        policy_digests=counted.policy_digests,
        samples=settings.samples,
        machine=this_machine(),
        libraries=library_versions(_LIBRARIES),
        enforcement=counted.enforcement,
        detection=counted.detection,
        harmless=counted.harmless,
        undetermined=counted.undetermined,
        data_classes=counted.data_classes,
        endings=counted.endings,
        unrecorded_answers=counted.unrecorded_answers,
        bad_configurations_served=stage.bad_configurations_served,
        gateway_deaths=stage.deaths,
        arrivals=counted.arrivals,
        faults=(*injector.counts(), clients),
    )
