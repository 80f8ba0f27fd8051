"""A plan's prediction beside what was measured, as lines, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from benchmarks.throughput.plan_check import THROUGHPUT_WITHIN, TTFT_WITHIN, HeldOut, PlanCheck
from benchmarks.throughput.record import ThroughputRecord

_COLUMNS = (
    "scenario",
    "output tokens/s",
    "predicted",
    "error",
    "p95 TTFT ms",
    "predicted",
    "error",
)


def check_lines(checked: PlanCheck) -> Iterator[str]:
    """In columns, for a terminal."""
    rows = [_COLUMNS, *map(_cells, checked.held_out)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for row in rows:
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join((row[0].ljust(len(first)), *rest))
    yield from _told(checked)


def check_markdown(checked: PlanCheck, record: ThroughputRecord, name: str) -> str:
    """Of the record in the file of that name, with a newline at its end."""
    rows = ["| " + " | ".join(row) + " |" for row in (_COLUMNS, *map(_cells, checked.held_out))]
    return (
        "\n\n".join(
            (
                f"# Plan against measurement: {record.model} on {record.gpu}",
                f"Of `{name}` (`{record.digest}`), written by `ringfence bench plan-check --save`.",
                "\n".join((rows[0], "|---" * len(_COLUMNS) + "|", *rows[1:])),
                "\n".join(f"- {line}" for line in _told(checked)),
            )
        )
        + "\n"
    )


def check_json(checked: PlanCheck) -> dict[str, Any]:
    throughput, ttft = checked.worst
    return {
        "verdict": checked.verdict,
        "within": {"throughput": THROUGHPUT_WITHIN, "ttft_p95": TTFT_WITHIN},
        "worst": {"throughput": throughput, "ttft_p95": ttft},
        "layer": checked.layer,
        "calibrated_by": list(checked.calibrated_by),
        "engine": asdict(checked.engine),
        "held_out": [
            asdict(one)
            | {
                "throughput_error": one.throughput_error,
                "ttft_p95_error": one.ttft_error,
                "is_within": one.is_within,
            }
            for one in checked.held_out
        ],
        "reasons": list(checked.reasons),
    }


def _told(checked: PlanCheck) -> Iterator[str]:
    yield f"calibrated at layer {checked.layer} by {', '.join(checked.calibrated_by)}"
    if any(one.is_beyond_knee for one in checked.held_out):
        yield "in brackets, and not judged: beyond the knee, where TTFT grows with the run"
    yield from checked.reasons
    within = sum(one.is_within for one in checked.held_out)
    yield (
        f"{checked.verdict}: {within} of {len(checked.held_out)} held out are within "
        f"{THROUGHPUT_WITHIN:.0%} on throughput and {TTFT_WITHIN:.0%} on p95 TTFT"
    )


def _cells(one: HeldOut) -> tuple[str, ...]:
    rate = "" if one.rate is None else f", {one.rate:g}/s"
    measured, predicted = one.measured, one.predicted
    ttft = f"{one.ttft_error:+.1%}"
    return (
        f"{one.scenario}{rate}",
        f"{measured.output_tokens_per_s:,.1f}",
        f"{predicted.output_tokens_per_s:,.1f}",
        f"{one.throughput_error:+.1%}",
        f"{measured.ttft_p95_s * 1e3:,.0f}",
        f"{predicted.ttft_p95_s * 1e3:,.0f}",
        f"({ttft})" if one.is_beyond_knee else ttft,
    )
