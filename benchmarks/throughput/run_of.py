"""What came back of one run, and what it took → the Run that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.throughput.cpu import CpuUse
from benchmarks.throughput.efficiency import Work
from benchmarks.throughput.figures import rounded, spread
from benchmarks.throughput.power import PowerUse
from benchmarks.throughput.record import Cpu, Objective, Power, Run, Samples, SteadyPart
from benchmarks.throughput.samples import Answered, Sample
from benchmarks.throughput.scenario import Kind, Layer, Scenario
from benchmarks.throughput.steady import Steady, steady
from benchmarks.throughput.validity import machine_warnings, peak_warnings, run_warnings
from benchmarks.throughput.workload import Workload


@dataclass(frozen=True, slots=True)
class Sent:
    """What was asked, where, and the how-manieth time; `rate` is of an open loop."""

    layer: Layer
    scenario: Scenario
    repeat: int
    workload: Workload
    rate: float | None


def run_of(
    sent: Sent,
    came: Answered,
    cpu: CpuUse,
    power: PowerUse | None,
    *,
    slots: int,
    gpus: float,
    objective: Objective,
    work: Work | None,
) -> Run:
    """Pure."""
    scenario, samples, duration_s = sent.scenario, came.samples, came.duration_s
    lengths, requests = scenario.lengths, sent.workload.requests
    part = _steady(scenario.kind, samples)
    good = sum(
        one.ttft_s <= objective.ttft_s and (one.tpot_s or 0.0) <= objective.tpot_s
        for one in samples
    )
    wanted = (sum(one.isl for one in requests), sum(one.osl for one in requests))
    mfu, mbu, flops_per_byte = _efficiency(scenario, part, came, work)
    return Run(
        layer=sent.layer,
        scenario=scenario.name,
        kind=scenario.kind,
        isl=lengths.isl,
        osl=lengths.osl,
        is_mix=lengths.is_mix,
        repeat=sent.repeat,
        concurrency=scenario.concurrency,
        rate=sent.rate,
        workload_digest=sent.workload.digest,
        requests=len(requests),
        failures=dict(came.failures),
        duration_s=rounded(duration_s),
        input_tokens=came.input_tokens,
        output_tokens=came.output_tokens,
        request_per_s=rounded(len(samples) / duration_s),
        goodput_per_s=rounded(good / duration_s),
        input_tokens_per_s=rounded(came.input_tokens / duration_s),
        output_tokens_per_s=rounded(came.output_tokens / duration_s),
        output_tokens_per_s_per_gpu=rounded(came.output_tokens / duration_s / gpus),
        steady=None if part is None else _part(part),
        ttft_s=spread(one.ttft_s for one in samples),
        tpot_s=spread(tpot_s for one in samples if (tpot_s := one.tpot_s) is not None),
        itl_s=spread(gap_s for one in samples for gap_s in one.gaps_s),
        e2e_s=spread(one.e2e_s for one in samples),
        cpu=_cpu(cpu, came.output_tokens),
        power=None if power is None else _power(power, came),
        mfu=mfu,
        mbu=mbu,
        flops_per_byte=flops_per_byte,
        warnings=(
            *run_warnings(scenario, slots, wanted, came, part),
            *machine_warnings(duration_s, cpu, power),
            *peak_warnings(mfu, mbu),
        ),
        samples=_samples(came),
    )


def _steady(kind: Kind, samples: Sequence[Sample]) -> Steady | None:
    """Of what keeps the machine busy. Where decode alone is measured, no prompt may be left."""
    if kind in (Kind.OPEN, Kind.UNLOADED):
        return None
    return steady(samples, 1.0) if kind is Kind.DECODE else steady(samples)


def _efficiency(
    scenario: Scenario, part: Steady | None, came: Answered, work: Work | None
) -> tuple[float | None, float | None, float | None]:
    """MFU, MBU, and operations a byte; the last two where nothing but decode ran."""
    if work is None:
        return None, None, None
    if scenario.kind is Kind.PREFILL:
        per_s = came.input_tokens / came.duration_s
        return rounded(work.mfu_of_prefill(per_s, scenario.lengths.isl)), None, None
    if part is None:
        return None, None, None
    mfu = rounded(work.mfu(part))
    if part.input_tokens:
        return mfu, None, None
    return mfu, rounded(work.mbu(part)), rounded(work.intensity(part))


def _part(part: Steady) -> SteadyPart:
    return SteadyPart(
        begin_s=rounded(part.begin_s),
        duration_s=rounded(part.duration_s),
        output_tokens=rounded(part.output_tokens),
        output_tokens_per_s=rounded(part.output_tokens_per_s),
        input_tokens=part.input_tokens,
        at_a_time=rounded(part.at_a_time),
        context_tokens=rounded(part.context_tokens),
    )


def _cpu(cpu: CpuUse, tokens: int) -> Cpu:
    served_s = cpu.served_s
    return Cpu(
        served_s=None if served_s is None else rounded(served_s),
        client_s=rounded(cpu.client_s),
        ms_per_output_token=None
        if served_s is None or not tokens
        else rounded(served_s * 1_000 / tokens),
        others_share=None if cpu.others_share is None else rounded(cpu.others_share),
    )


def _power(power: PowerUse, came: Answered) -> Power:
    tokens = came.output_tokens
    return Power(
        mean_w=rounded(power.mean_w),
        peak_w=rounded(power.peak_w),
        joules_per_output_token=rounded(power.mean_w * came.duration_s / tokens)
        if tokens
        else None,
        samples=power.samples,
        throttled=power.throttled,
    )


def _samples(came: Answered) -> Samples:
    return Samples(
        index=came.indices,
        start_s=tuple(round(one.start_s, 6) for one in came.samples),
        ttft_s=tuple(round(one.ttft_s, 6) for one in came.samples),
        e2e_s=tuple(round(one.e2e_s, 6) for one in came.samples),
        isl=tuple(one.isl for one in came.samples),
        osl=tuple(one.osl for one in came.samples),
    )
