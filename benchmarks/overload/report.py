"""A record → what the guide says of overload."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.overload.record import MAX_P95_RATIO, OverloadRecord
from benchmarks.overload.scenario import Scenario
from benchmarks.readme_block import ReadmeBlock

BLOCK = ReadmeBlock("overload")
_NOT_YET = "No run is recorded yet: `ringfence bench overload` makes one."
_SAID = {
    Scenario.CALM: "nobody else",
    Scenario.PRIVATE_FLOOD: "another team's flood on `private`",
    Scenario.FAST_FLOOD: "another team's flood on `fast`",
}


def guide_block(record: OverloadRecord | None) -> str:
    """What stands between the markers, Markdown."""
    return _NOT_YET if record is None else "\n\n".join(_parts(record))


def _parts(record: OverloadRecord) -> Iterator[str]:
    machine, engine, load = record.machine, record.engine, record.load
    changed = " with uncommitted changes" if record.uncommitted_changes else ""
    yield (
        f"A quiet team asks `private` {load.quiet_rps:g} times a second, while "
        f"{load.flood_clients} clients of another ask without a pause. The engine is simulated: "
        f"{engine.service_s:g} s an answer, ±{engine.jitter:.0%}, however many there are, with "
        f"{engine.private_places} places for `private` and {engine.fast_places} for `fast`. So "
        "this is what queues and the gateway add, and not what a larger batch does to an engine. "
        f"{load.repeats} times {load.seconds:g} s of each, in turn. Measured "
        f"{record.measured_at:%Y-%m-%d} at `{record.commit[:7]}`{changed} on {machine.cpu}, "
        f"{machine.cores} cores, gateway, engine and clients together."
    )
    yield "\n".join(_table(record))


def _table(record: OverloadRecord) -> Iterator[str]:
    yield "| beside the quiet team | p50 | p95 | p99 | p95 to calm | its answers | the flood's |"
    yield "|---|---|---|---|---|---|---|"
    for waits in record.waits:
        ratio = record.ratio(waits.scenario)
        goal = "" if ratio < MAX_P95_RATIO else " ✗"
        shown = "" if waits.scenario is Scenario.CALM else f"**{ratio:.2f}**{goal}"
        yield (
            f"| {_SAID[waits.scenario]} | {waits.p50_ms:,.0f} ms | {waits.p95_ms:,.0f} ms "
            f"| {waits.p99_ms:,.0f} ms | {shown} | {_counted(waits.quiet_statuses)} "
            f"| {_counted(waits.flood_statuses)} |"
        )


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{status}: {counts[status]:,}" for status in sorted(counts)) or "none"
