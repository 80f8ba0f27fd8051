"""Figures of a machine that is no longer as it was are stale, and it is said why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from throughput_cases import WHEN, fingerprint, record

from benchmarks.throughput.record import RecordRefused, ThroughputRecord, save
from benchmarks.throughput.staleness import engine_facts, staleness
from hardware.gpu_table import load_gpus
from router.registry.load import load_registry
from router.registry.registry import EngineProfile, VllmBackend
from serving.bench.throughput.stale import said, stale_here, stale_models
from serving.bench.throughput.subject import gpu_name

RECORD = record()


def test_the_same_machine_is_not_stale() -> None:
    assert staleness(fingerprint(max_num_seqs=8), RECORD) == ()


def test_another_engine_argument_makes_it_stale() -> None:
    (difference,) = staleness(fingerprint(max_num_seqs=16), RECORD)

    assert str(difference) == "engine argument max_num_seqs 8 → 16"


def test_another_engine_makes_it_stale_and_another_kernel_does_not() -> None:
    now = fingerprint(max_num_seqs=8)

    assert staleness(replace(now, versions={"ray": "2.61"}), RECORD) == ()
    (difference,) = staleness(replace(now, versions={"vllm": "0.30"}), RECORD)
    assert difference.capacity


def test_threads_and_caches_in_the_environment_are_part_of_it() -> None:
    few = EngineProfile(engine={"dtype": "float32"}, cpus=1, gpus=0, env={"OMP_NUM_THREADS": "1"})

    facts = engine_facts(few, "sha256:1")

    assert facts.arguments == {"dtype": "float32", "env OMP_NUM_THREADS": "1"}


def test_a_fingerprint_of_another_schema_is_refused() -> None:
    old = RECORD.model_copy(update={"fingerprint": {}, "capacity_digest": "sha256:0"})

    with pytest.raises(RecordRefused, match="fingerprint"):
        staleness(fingerprint(), old)


def cpu_named(name: str) -> ThroughputRecord:
    """Of the machine that `fingerprint` is a probe of, under the name of a kind."""
    return record(gpu=name)


HERE = gpu_name(fingerprint(), load_gpus())


def test_a_machine_of_another_kind_says_nothing_of_a_record() -> None:
    assert stale_here(cpu_named("cpu-other"), fingerprint(max_num_seqs=16), load_gpus()) == ()


def test_without_a_deployment_the_machine_alone_is_looked_at() -> None:
    now = replace(fingerprint(max_num_seqs=16), versions={"vllm": "0.30"})

    (difference,) = stale_here(cpu_named(HERE), now, load_gpus())

    assert difference.name == "vllm"
    assert said("a.json", (difference,)) == (
        "a.json is stale: vllm none → 0.30; measure again with `ringfence bench throughput`"
    )


def test_models_whose_last_record_was_of_another_deployment_are_stale(tmp_path: Path) -> None:
    registry = load_registry(Path("models.yaml"))
    key = "smollm2-135m-private@1"
    entry = registry.entries[key]
    assert isinstance(entry.backend, VllmBackend)
    engine = engine_facts(entry.backend.profiles["cpu"], entry.expected_weights_digest)
    now = fingerprint()
    save(record(gpu=HERE, model=key, fingerprint=replace(now, engine=engine)), tmp_path)

    assert stale_models(registry, tmp_path, now, load_gpus()) == {}

    other = replace(engine, arguments={**engine.arguments, "max_num_seqs": 4})
    later = WHEN + timedelta(days=1)
    changed = replace(now, engine=other)
    save(record(gpu=HERE, model=key, fingerprint=changed, measured_at=later), tmp_path)

    (found,) = stale_models(registry, tmp_path, now, load_gpus()).items()
    assert found[0] == key
    assert [str(one) for one in found[1]] == ["engine argument max_num_seqs 4 → 16"]
