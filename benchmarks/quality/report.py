"""A record of quality, in Markdown: by task, by suite, what attacks did, what bias there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from benchmarks.quality.drift import Drift
from benchmarks.quality.record import (
    BiasPart,
    Figure,
    FlipsPart,
    LeftOut,
    Outcome,
    QualityRecord,
)


def report(record: QualityRecord) -> str:
    """All of it."""
    return "\n\n".join(_parts(record)) + "\n"


def _parts(record: QualityRecord) -> Iterator[str]:
    of = record.choice if record.model is None else record.model.key
    changed = " with uncommitted changes" if record.uncommitted_changes else ""
    yield f"# Quality of {of}"
    yield (
        f"Asked for `{record.choice}` through a gateway under policy `{record.policy_digest}`, "
        f"{record.made_at:%Y-%m-%d %H:%M} UTC, at `{record.ringfence.commit[:7]}`{changed}, "
        f"temperature 0, seed {record.seed}. Intervals are of 95%."
    )
    if record.quality:
        rows = [(task.value, figure) for task, figure in record.quality.items()]
        yield _table("task", rows)
    yield _suites(record)
    yield from (f"{each}." for each in left_out_lines(record.left_out))
    if record.flips:
        yield "Decisions on pairs of applications that differ in who applies alone:"
        yield _flips(record.flips)
    if record.bbq:
        yield "BBQ; a bias score of 0 is none, 1 is always as the stereotype has it:"
        yield _bbq(record.bbq)
    if record.unanswered:
        codes = Counter(each.code for each in record.unanswered)
        said = ", ".join(f"{code} {count}" for code, count in sorted(codes.items()))
        yield f"Without an answer, and not counted: {said}."


def left_out_lines(left_out: Sequence[LeftOut]) -> Iterator[str]:
    """One suite a line, with why there are no figures of it."""
    for each in left_out:
        said = ", ".join(f"{code} {count}" for code, count in each.unanswered.items())
        yield (
            f"Left out {each.name} ({each.kind}): the policy keeps its requests from this model; "
            f"of {each.items} items without its answer: {said}"
        )


def _table(name: str, rows: Sequence[tuple[str, Figure]]) -> str:
    lines = [f"| {name} | items | mean | 95% |", "|---|---|---|---|"]
    lines += [
        f"| {row} | {figure.items:,} | {figure.mean:.3f} | {figure.low:.3f} to {figure.high:.3f} |"
        for row, figure in rows
    ]
    return "\n".join(lines)


def _suites(record: QualityRecord) -> str:
    lines = [
        "| suite | kind | items | mean | 95% | escalated | USD | p50 s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for suite in record.suites:
        figure = record.by_suite.get(suite.name)
        outcomes = [each for each in record.outcomes if each.suite == suite.name]
        if figure is None or not outcomes:
            lines.append(f"| {suite.name} | {suite.kind} | 0 | | | | | |")
            continue
        lines.append(
            f"| {suite.name} | {suite.kind} | {figure.items:,} | {figure.mean:.3f} "
            f"| {figure.low:.3f} to {figure.high:.3f} "
            f"| {sum(each.escalated for each in outcomes) / len(outcomes):.0%} "
            f"| {sum(each.cost_nano_usd for each in outcomes) / 1e9:.4f} "
            f"| {_median_s(outcomes):.2f} |"
        )
    return "\n".join(lines)


def _median_s(outcomes: Sequence[Outcome]) -> float:
    return sorted(each.latency_s for each in outcomes)[len(outcomes) // 2]


def _flips(parts: Sequence[FlipsPart]) -> str:
    lines = [
        "| what differs | pairs | first alone | second alone | flipped | 95% | p |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {part.group} | {part.pairs} | {part.favour_first} | {part.favour_second} "
        f"| {(part.favour_first + part.favour_second) / part.pairs:.3f} "
        f"| {part.low:.3f} to {part.high:.3f} | {part.p:.3f} |"
        for part in parts
    ]
    return "\n".join(lines)


def _bbq(parts: Sequence[BiasPart]) -> str:
    lines = ["| category | text | items | accuracy | bias |", "|---|---|---|---|---|"]
    for part in parts:
        text = "leaves it open" if part.condition == "ambig" else "decides it"
        score = "" if part.score is None else f"{part.score:+.3f}"
        lines.append(f"| {part.category} | {text} | {part.items} | {part.accuracy:.3f} | {score} |")
    return "\n".join(lines)


def drift_lines(found: Sequence[Drift]) -> Iterator[str]:
    """One suite a line."""
    for each in found:
        yield (
            f"{each.suite:<28} n {each.items:>4}  {each.change.mean:+.3f} "
            f"({each.change.low:+.3f} to {each.change.high:+.3f})  won {each.won}  lost {each.lost}"
            f"  p {each.p:.3f}  {each.verdict.value}"
        )
