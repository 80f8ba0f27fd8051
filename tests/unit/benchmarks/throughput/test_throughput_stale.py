"""Figures of a machine that is no longer as it was are stale, and it is said why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from throughput_cases import fingerprint, record

from benchmarks.throughput.record import RecordRefused
from benchmarks.throughput.staleness import engine_facts, staleness
from router.registry.registry import EngineProfile

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
