"""A record → what the README and the terminal say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from benchmarks.leak.client import ANSWERED
from benchmarks.leak.record import LeakRecord
from benchmarks.leak.tally import ALL
from benchmarks.privacy.record import Rate
from benchmarks.readme_block import ReadmeBlock

BLOCK = ReadmeBlock("leak")
_NOT_YET = "No run is recorded yet: `ringfence bench leak` makes one."
_MEANING = (
    "An *enforcement leak* is a request that had to stay, by the gateway's own record or because "
    "its sender said so, of which anything arrived at an external provider; there must be none. A "
    "*detection leak* is one with identifiers in it that the detector took for harmless and that "
    "was sent outside as such: how many there are is the detector's quality, and the reason why "
    "external use is somebody's decision. In brackets Wilson's 95% interval."
)


def readme_block(record: LeakRecord | None) -> str:
    """What stands between the markers, Markdown."""
    return _NOT_YET if record is None else "\n\n".join(_parts(record))


def _parts(record: LeakRecord) -> Iterator[str]:
    machine = record.machine
    changed = " with uncommitted changes" if record.uncommitted_changes else ""
    yield (
        f"{record.requests:,} requests, {record.concurrency} at a time, to {record.gateways} "
        f"gateways over one database, {sum(fault.injected for fault in record.faults):,} faults "
        f"meanwhile. Measured {record.measured_at:%Y-%m-%d} at `{record.commit[:7]}`{changed} in "
        f"{record.duration_s:,.0f} s on {machine.cpu}, {machine.cores} cores, "
        f"{machine.memory_gib:g} GiB, with the {record.detector} detector."
    )
    yield "\n".join(_table(record))
    yield _MEANING
    yield f"Broken meanwhile: {_faults(record)}. {_endings(record)}"


def _table(record: LeakRecord) -> Iterator[str]:
    yield "| | requests | leaked | share |"
    yield "|---|---|---|---|"
    leaks = record.enforcement.leaks
    others = sum(record.enforcement.by_kind.values()) - leaks.hits
    besides = f" and {others} that were nobody's, repeated or not permitted" if others else ""
    yield _row("**enforcement leaks**, of all that had to stay", leaks, bold=True, note=besides)
    overall = record.detection_of(ALL)
    if overall is not None:
        yield _row("**detection leaks**, of all with identifiers", overall.leaks, bold=True)
    for entry in record.detection:
        if entry.category != ALL:
            yield _row(f"… {entry.category}", entry.leaks)
    yield "| *beside it* | | | |"
    if overall is not None:
        yield _row("missed, where a working detector alone decided", overall.missed)
    yield _row("harmless, sent outside", record.harmless.outside)
    yield _row("harmless, kept inside by a working detector", record.harmless.forced)


def _row(what: str, rate: Rate, *, bold: bool = False, note: str = "") -> str:
    hits = f"**{rate.hits:,}**" if bold else f"{rate.hits:,}"
    return f"| {what} | {rate.n:,} | {hits}{note} | {rate_text(rate)} |"


def rate_text(rate: Rate) -> str:
    """`1.25% [0.98% to 1.60%]`, with a dash; an upper bound is never rounded down to nothing."""
    if rate.rate is None:
        return "\u2013"
    return f"{rate.rate:.2%} [{rate.low:.2%}\u2013{max(rate.high, 0.0001):.2%}]"


def _faults(record: LeakRecord) -> str:
    families: dict[str, Counter[str]] = {}
    for fault in record.faults:
        if fault.injected:
            counts = families.setdefault(fault.family, Counter())
            counts[fault.name.replace("_", " ")] += fault.injected
    described = (
        f"{family} {counts.total():,} ({', '.join(f'{n} {count}' for n, count in counts.items())})"
        for family, counts in families.items()
    )
    return "; ".join(described) or "nothing"


def _endings(record: LeakRecord) -> str:
    answered = record.endings.get(ANSWERED, 0)
    others = ", ".join(
        f"{ending} {count:,}" for ending, count in record.endings.items() if ending != ANSWERED
    )
    return (
        f"{answered:,} requests were answered; of the others: {others or 'none'}. "
        f"{record.undetermined:,} could not be judged and were restricted. "
        f"{record.unrecorded_answers:,} answers without their record, "
        f"{record.bad_configurations_served:,} gateways that started with a policy that leaks, "
        f"{record.gateway_deaths:,} that died by themselves."
    )
