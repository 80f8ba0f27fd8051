"""The page says whose capacity was planned on a machine that is no more."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from throughput_cases import record

from benchmarks.throughput.record import save
from benchmarks.throughput.staleness import engine_facts
from hardware.fingerprint import Fingerprint, to_json
from hardware.gpu_table import load_gpus
from hardware.probe import probe
from router.registry.card import RecordReference
from router.registry.load import load_registry
from router.registry.registry import Registry, VllmBackend
from serving.bench.throughput.subject import gpu_name
from serving.telemetry.engine_state import EngineLoad
from serving.telemetry.record_state import RecordState

SHIPPED = load_registry(Path("models.yaml"))
KEY = "smollm2-135m-private@1"


@pytest.fixture
def planned(tmp_path: Path) -> Registry:
    """The shipped registry, in which a model's capacity was planned on a record of this machine."""
    entry = SHIPPED.entries[KEY]
    assert isinstance(entry.backend, VllmBackend)
    now = probe()
    engine = engine_facts(entry.backend.profiles[now.accelerator], "sha256:1")
    measured_on = replace(now, engine=engine)
    gpu = gpu_name(now, load_gpus())
    path = save(record(gpu=gpu, model=KEY, fingerprint=measured_on), tmp_path)
    reference = RecordReference(path, hashlib.sha256(path.read_bytes()).hexdigest())
    card = replace(entry.card, measured={"throughput": reference})
    return replace(SHIPPED, entries={**SHIPPED.entries, KEY: replace(entry, card=card)})


def stale(registry: Registry, *machines: Fingerprint) -> dict[str, float]:
    loads = [
        EngineLoad(KEY, str(number), 0.0, 0, None, to_json(machine))
        for number, machine in enumerate(machines)
    ]
    shown = RecordState(load_gpus()).state(registry, loads)
    return {sample.labels["model"]: sample.value for sample in shown.samples}


def other_engine(now: Fingerprint) -> Fingerprint:
    return replace(now, versions={**now.versions, "torch": "0"})


def other_kind(now: Fingerprint) -> Fingerprint:
    cpu = replace(now.host.cpu, model="Another Kind Of 64-Core Processor")
    return replace(now, host=replace(now.host, cpu=cpu))


def test_a_record_of_the_machine_that_runs_holds(planned: Registry) -> None:
    assert stale(planned, probe()) == {KEY: 0.0}


def test_one_replica_on_another_engine_makes_it_stale(planned: Registry) -> None:
    now = probe()
    assert stale(planned, other_engine(now), now) == {KEY: 1.0}
    assert stale(planned, now, other_engine(now)) == {KEY: 1.0}


def test_a_machine_of_another_kind_says_nothing_of_the_record(planned: Registry) -> None:
    assert stale(planned, other_kind(probe())) == {}


def test_a_model_that_was_planned_on_no_record_has_no_series() -> None:
    assert stale(SHIPPED, probe()) == {}


def test_a_replica_that_does_not_say_where_it_runs_has_no_series(planned: Registry) -> None:
    shown = RecordState(load_gpus()).state(planned, [EngineLoad(KEY, "a", 0.0, 0, None)])
    assert not shown.samples
