"""A record → what the README says of routing's cost."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.readme_block import ReadmeBlock
from benchmarks.routing_overhead.record import GOAL_LARGE_MS, GOAL_SHIPPED_MS, OverheadRecord

BLOCK = ReadmeBlock("routing-overhead")
_NOT_YET = "No run is recorded yet: `ringfence bench routing-overhead` makes one."
_GOALS = {("shipped", "both"): GOAL_SHIPPED_MS, ("large", "decision"): GOAL_LARGE_MS}


def readme_block(record: OverheadRecord | None) -> str:
    """What stands between the markers, Markdown."""
    return _NOT_YET if record is None else "\n\n".join(_parts(record))


def _parts(record: OverheadRecord) -> Iterator[str]:
    changed = " with uncommitted changes" if record.uncommitted_changes else ""
    yield (
        "Features (task, language, length, format) and the decision of ordinary requests, one "
        "after the other in one thread, with every model's load and pace known. The large "
        f"installation has {record.models} models and {record.rules} rules about tasks, stakes, "
        f"fallbacks and external use; reading and proving it took {record.large_built_s:.1f} s. "
        f"Measured {record.measured_at:%Y-%m-%d} at `{record.commit[:7]}`{changed} on "
        f"{record.machine.cpu}."
    )
    yield "\n".join(_table(record))


def _table(record: OverheadRecord) -> Iterator[str]:
    yield "| installation | part | requests | p50 | p99 | goal, p50 |"
    yield "|---|---|---|---|---|---|"
    for timed in record.timed:
        goal = _GOALS.get((timed.installation, timed.part))
        met = "" if goal is None else f"≤ {goal:g} ms {'✓' if timed.p50_ms <= goal else '✗'}"
        yield (
            f"| {timed.installation} | {timed.part} | {timed.n:,} | {timed.p50_ms:.3f} ms "
            f"| {timed.p99_ms:.3f} ms | {met} |"
        )
