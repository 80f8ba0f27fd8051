"""A record → what the guide says of how often the gate is right."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.gate_power.record import MAX_FALSE_PASSES, MIN_POWER, GatePowerRecord
from benchmarks.gate_power.scenario import ITEMS, SLICES
from benchmarks.readme_block import ReadmeBlock
from router.gate.rules import DEFAULT_SLICE_MARGIN

BLOCK = ReadmeBlock("gate-power")
_NOT_YET = "No run is recorded yet: `ringfence bench gate-power` makes one."


def guide_block(record: GatePowerRecord | None) -> str:
    """What stands between the markers, Markdown."""
    return _NOT_YET if record is None else "\n\n".join(_parts(record))


def _parts(record: GatePowerRecord) -> Iterator[str]:
    changed = " with uncommitted changes" if record.uncommitted_changes else ""
    runs = record.tallies[0].runs
    real = (
        f" Scenarios with two names are real answers to {record.answers}: a share of the items"
        " goes to the weaker model, so large that the whole is worse by exactly so many points."
        if record.answers
        else ""
    )
    yield (
        f"Each change was judged {runs:,} times, on as many sets of pairs, by the gate's own "
        f"statistics and verdict, with a margin of {_points(record.margin)}; {ITEMS:,} items and "
        f"more are in {SLICES} critical slices as well, each with a margin of "
        f"{_points(DEFAULT_SLICE_MARGIN)}.{real} Beside it the raw rule “worse by a point at "
        f"most”. "
        f"Measured {record.measured_at:%Y-%m-%d} at `{record.commit[:7]}`{changed}, seed "
        f"{record.seed}."
    )
    yield "\n".join(_table(record))
    yield (
        f"Goals: of what is worse by four points at least {MIN_POWER:.0%} is held back at "
        f"{ITEMS:,} items; of what is worse by the margin, or has a slice that is worse by its "
        f"own, at most {MAX_FALSE_PASSES:.0%} pass."
    )


def _table(record: GatePowerRecord) -> Iterator[str]:
    yield (
        "| truth | items | passes | fails | inconclusive | a slice is found worse "
        "| a slice is in doubt | the raw rule passes |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for each in record.tallies:
        share, low, high = each.passes
        doubt = "" if each.slices_doubt is None else f"{each.slices_doubt / each.runs:.1%}"
        yield (
            f"| {each.scenario} | {each.items:,} | **{share:.1%}** ({low:.1%} to {high:.1%})"
            f"{' ✗' if each.misses else ''} | {each.failed / each.runs:.1%} "
            f"| {each.inconclusive / each.runs:.1%} | {each.slices_alarm / each.runs:.1%} "
            f"| {doubt} | {each.raw_passed / each.runs:.1%} |"
        )


def _points(share: float) -> str:
    return f"{100 * share:g} points"
