"""A record → the tables of the README and of the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks.privacy.goals import (
    LATENCY_TARGETS_MS,
    SEEN_TARGET_MS,
    Row,
    evasion_rows,
    goal_rows,
)
from benchmarks.privacy.record import PRESIDIO, RINGFENCE, Latency, PrivacyRecord, Rate
from benchmarks.readme_block import ReadmeBlock

BLOCK = ReadmeBlock("privacy")
NONE = "\u2013"
"""What stands where nothing was measured."""
_NOT_YET = "No run is recorded yet: `ringfence bench privacy` makes one."
_NOTES = (
    "Recall is the share of requests with identifiers that were forced on-prem; for harmless ones "
    "the share that was, too. In brackets Wilson's 95% interval and the number of requests. "
    "*Default Presidio* is its `AnalyzerEngine` as it comes, over the same texts: first with "
    "anything that it finds forcing a request on-prem, then with its findings read through our "
    "policy."
)


def readme_block(record: PrivacyRecord | None, picture: str | None = None) -> str:
    """What stands between the markers, Markdown; `picture` is a path from the README."""
    return _NOT_YET if record is None else "\n\n".join(_parts(record, picture))


def _parts(record: PrivacyRecord, picture: str | None) -> Iterator[str]:
    machine = record.machine
    yield (
        f"Measured {record.measured_at:%Y-%m-%d} at `{record.commit[:7]}`"
        f"{' with uncommitted changes' if record.uncommitted_changes else ''} on {machine.cpu}, "
        f"{machine.cores} cores, {machine.memory_gib:g} GiB; detector `{record.detector_version}`."
    )
    yield _table(goal_rows(record), "goal")
    yield _table(evasion_rows(record), "evasion")
    yield _latency_table(record)
    if record.worst_inputs:
        yield _worst_table(record)
    if picture is not None:
        yield f"![recall of person-only texts against harmless ones forced on-prem]({picture})"
    yield _NOTES


def _table(rows: Iterable[Row], first: str) -> str:
    lines = [
        f"| {first} | set | target | Ringfence | default Presidio | through our policy |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        mark = "" if row.met else " ✗"
        if row.undetermined:
            mark += f" ({row.undetermined} undetermined)"
        lines.append(
            f"| {row.goal} | {row.set_name} | {row.target} | **{rate_text(row.ours)}**{mark} "
            f"| {rate_text(row.presidio)} | {rate_text(row.presidio_our_policy)} |"
        )
    return "\n".join(lines)


def _latency_table(record: PrivacyRecord) -> str:
    lines = [
        "| classification of | target p50 | Ringfence p50 | p99 | default Presidio p50 | p99 |",
        "|---|---|---|---|---|---|",
    ]
    theirs = {(e.case, e.characters): e for e in record.latencies if e.subject == PRESIDIO}
    for entry in record.latencies:
        if entry.subject != RINGFENCE:
            continue
        target_ms = latency_target_ms(entry)
        other = theirs.get((entry.case, entry.characters))
        missed = target_ms is not None and entry.p50_ms > target_ms
        notes = [
            f"{count} {what}"
            for count, what in (
                (entry.undetermined, "undetermined"),
                (entry.settled, "settled early"),
            )
            if count
        ]
        unsure = f" ({entry.n}, {', '.join(notes)})" if notes else ""
        lines.append(
            f"| {entry.characters:,} characters, {entry.case} "
            f"| {NONE if target_ms is None else f'≤ {_milliseconds(target_ms)}'} "
            f"| **{_milliseconds(entry.p50_ms)}**{' ✗' if missed else ''}{unsure} "
            f"| {_milliseconds(entry.p99_ms)} "
            f"| {NONE if other is None else _milliseconds(other.p50_ms)} "
            f"| {NONE if other is None else _milliseconds(other.p99_ms)} |"
        )
    return "\n".join(lines)


def _worst_table(record: PrivacyRecord) -> str:
    lines = [
        f"| worst inputs, deadline {record.deadline_s:g} s | characters | answered after | class "
        "| event loop blocked at most |",
        "|---|---|---|---|---|",
    ]
    for entry in record.worst_inputs:
        who = "" if entry.subject == RINGFENCE else "default Presidio: "
        said = "gave up, nothing found" if entry.undetermined and who else entry.data_class
        said += ", undetermined" if entry.undetermined and not who else ""
        lag = NONE if who else _milliseconds(entry.loop_lag_ms)
        lines.append(
            f"| {who}{entry.case} | {entry.characters:,} | {entry.seconds:.2f} s | {said} | {lag} |"
        )
    return "\n".join(lines)


def latency_target_ms(entry: Latency) -> float | None:
    """The target for the median of this case; None where there is none."""
    if entry.case == "new text":
        return LATENCY_TARGETS_MS.get(entry.characters)
    return SEEN_TARGET_MS if entry.case == "seen conversation of 20 turns" else None


def rate_text(rate: Rate | None) -> str:
    """`.984 [.979 to .988] 5,110`, with a dash."""
    if rate is None or rate.rate is None:
        return NONE
    return f"{_share(rate.rate)} [{_share(rate.low)}{NONE}{_share(rate.high)}] {rate.n:,}"


def _share(value: float) -> str:
    # Never rounded up to certainty.
    rounded = min(value, 0.999) if value < 1 else value
    return f"{rounded:.3f}".removeprefix("0")


def _milliseconds(value: float) -> str:
    if value >= 1_000:
        return f"{value / 1_000:.2f} s"
    return f"{value:.0f} ms" if value >= 20 else f"{value:.2g} ms"
