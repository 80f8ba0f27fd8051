"""What makes a run worth less than it looks: said beside its figures, and not left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from benchmarks.throughput.cpu import CpuUse
from benchmarks.throughput.figures import ENOUGH_FOR_P99
from benchmarks.throughput.power import PowerUse
from benchmarks.throughput.samples import Answered
from benchmarks.throughput.scenario import Kind, Scenario
from benchmarks.throughput.steady import Steady

SATURATED_SHARE = 0.8
CLIENT_BOUND_SHARE = 0.9
DISTURBED_SHARE = 0.1
SPOILED = ("requests failed", "client-bound", "disturbed", "throttled")
"""How warnings begin by which a figure is not that of the machine alone."""

_LENGTH_SLACK = 0.02
_WITH_STEADY = (Kind.OFFLINE, Kind.CLOSED, Kind.DECODE)


def run_warnings(
    scenario: Scenario,
    slots: int,
    wanted: tuple[int, int],
    answered: Answered,
    part: Steady | None,
) -> tuple[str, ...]:
    """Of what was asked and answered; `wanted` are tokens of prompts and of answers. Pure."""
    return (
        *_failed(answered.failures),
        *_saturated(scenario, slots, part),
        *_lengths(wanted, answered),
        *_samples(answered),
    )


def peak_warnings(mfu: float | None, mbu: float | None) -> tuple[str, ...]:
    """Of shares of a peak that cannot be. Pure."""
    found = {"MFU": mfu, "MBU": mbu}
    return tuple(
        f"above the peak: {name} {share:.0%}; the peak is another's, or was measured badly"
        for name, share in found.items()
        if share is not None and share > 1
    )


def machine_warnings(duration_s: float, cpu: CpuUse, power: PowerUse | None) -> tuple[str, ...]:
    """Of what it was measured on. Pure."""
    return tuple(_machine(duration_s, cpu, power))


def _failed(failures: Mapping[str, int]) -> Iterator[str]:
    if failures:
        told = ", ".join(f"{count} {reason}" for reason, count in sorted(failures.items()))
        yield f"requests failed: {told}"


def _saturated(scenario: Scenario, slots: int, part: Steady | None) -> Iterator[str]:
    if scenario.kind not in _WITH_STEADY:
        return
    if part is None:
        yield "no steady part: too few requests, or too short ones"
    elif scenario.kind is not Kind.CLOSED and part.at_a_time < SATURATED_SHARE * slots:
        yield f"not saturated: {part.at_a_time:.1f} of {slots} slots were in use"


def _lengths(wanted: tuple[int, int], answered: Answered) -> Iterator[str]:
    if answered.failures or not answered.samples:
        return
    for what, expected, seen in (
        ("prompts", wanted[0], answered.input_tokens),
        ("answers", wanted[1], answered.output_tokens),
    ):
        if abs(seen / expected - 1) > _LENGTH_SLACK:
            yield f"other lengths: {what} have {seen:,} tokens, and were to have {expected:,}"


def _samples(answered: Answered) -> Iterator[str]:
    if len(answered.samples) < ENOUGH_FOR_P99:
        yield f"too few samples for a p99: {len(answered.samples)}"


def _machine(duration_s: float, cpu: CpuUse, power: PowerUse | None) -> Iterator[str]:
    # The load generator is one thread: all of one core is all that it can use.
    if cpu.client_s > CLIENT_BOUND_SHARE * duration_s:
        yield "client-bound: the load generator had no CPU left"
    if cpu.others_share is not None and cpu.others_share > DISTURBED_SHARE:
        yield f"disturbed: others used {cpu.others_share:.0%} of the CPU"
    if power is not None and power.throttled:
        yield f"throttled: {', '.join(power.throttled)}"
