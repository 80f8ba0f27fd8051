"""A small record, made by scoring verdicts that a test decides about."""

from __future__ import annotations

from datetime import UTC, datetime

from benchmarks.machine import Machine
from benchmarks.privacy.curve import person_curve
from benchmarks.privacy.generated.build import SMALL
from benchmarks.privacy.judges import Found, Verdict
from benchmarks.privacy.record import (
    PRESIDIO,
    RINGFENCE,
    Latency,
    PrivacyRecord,
    Workload,
    WorstInput,
)
from benchmarks.privacy.score import Judged, groups
from benchmarks.privacy.sets import MeasuredSet, Sample, generated_set
from router.domain import DataClass


def perfect(sample: Sample) -> Verdict:
    """Everything found where it stands, nothing else."""
    if not sample.has_pii:
        return Verdict(DataClass.INTERNAL, False, (), 0.0, DataClass.INTERNAL)
    content = sample.body["messages"][-1]["content"]
    length = len(content) if isinstance(content, str) else 0
    path = f".messages[{len(sample.body['messages']) - 1}].content"
    found = (Found("ANY", path, 0, length, str(content)),)
    return Verdict(DataClass.RESTRICTED, False, found, 0.9, DataClass.INTERNAL)


def blind(sample: Sample) -> Verdict:
    return Verdict(DataClass.INTERNAL, False, ())


def small_set() -> MeasuredSet:
    return generated_set(size=SMALL)


def record(measured: MeasuredSet, *, day: int = 1, quick: bool = False) -> PrivacyRecord:
    ours = [Judged.of(sample, perfect(sample)) for sample in measured.samples]
    theirs = [Judged.of(sample, blind(sample)) for sample in measured.samples]
    workload = Workload(
        set_name=measured.name,
        digest=measured.digest,
        n=measured.n,
        measured=len(measured.samples),
    )
    machine = Machine(
        cpu="a cpu", cores=2, memory_gib=8.0, accelerator="cpu", system="Linux", python="3.11.0"
    )
    latency = Latency(
        subject=RINGFENCE,
        case="new text",
        characters=200,
        n=10,
        p50_ms=5.0,
        p99_ms=9.0,
        undetermined=0,
        settled=0,
    )
    worst = WorstInput(
        subject=RINGFENCE,
        case="digits",
        characters=1_000_000,
        seconds=5.0,
        data_class="restricted",
        undetermined=True,
        loop_lag_ms=30.0,
    )
    return PrivacyRecord(
        measured_at=datetime(2026, 1, day, tzinfo=UTC),
        commit="0123456789abcdef",
        uncommitted_changes=False,
        quick=quick,
        seed=1,
        detector_version="detector/1",
        baseline_version="presidio-analyzer/0",
        policy_digest="sha256:0",
        deadline_s=5.0,
        machine=machine,
        libraries={"numpy": "2"},
        workloads=(workload,),
        baseline_workloads=(workload,),
        groups=(
            *groups(RINGFENCE, measured.name, ours),
            *groups(PRESIDIO, measured.name, theirs),
        ),
        latencies=(latency,),
        worst_inputs=(worst,),
        person_curve=person_curve(ours),
    )
