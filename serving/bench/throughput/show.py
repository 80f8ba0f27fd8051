"""Comparisons and verdicts, as lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from benchmarks.throughput.compare import Change, Comparison
from benchmarks.throughput.gate import Gate


def comparison_lines(compared: Comparison) -> Iterator[str]:
    for change in compared.changes:
        yield _line(change)
    for name, missing in (("old", compared.only_old), ("new", compared.only_new)):
        if missing:
            yield f"only in the {name} one: {'; '.join(missing)}"
    yield "machine: " + ("; ".join(map(str, compared.machine)) or "nothing is different")


def comparison_json(compared: Comparison) -> dict[str, Any]:
    return asdict(compared)


def gate_lines(gate: Gate) -> Iterator[str]:
    for one in gate.judged:
        yield f"{one.verdict:12} {_line(one.change)}"
    yield from gate.reasons
    yield f"{gate.verdict}"


def gate_json(gate: Gate) -> dict[str, Any]:
    return asdict(gate)


def _line(change: Change) -> str:
    interval = "one repeat, no interval"
    if change.low is not None and change.high is not None:
        paired = "paired" if change.is_paired else "not paired"
        interval = f"{change.low:+.1%} to {change.high:+.1%}, {change.repeats} repeats, {paired}"
    return (
        f"{change.layer:8} {change.scenario:22} {change.metric:20} {change.old:,.4g} → "
        f"{change.new:,.4g}  {change.change:+.1%} ({interval})"
    )
