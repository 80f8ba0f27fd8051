"""A record → what the guide says of promises and how they held."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.privacy.intervals import wilson
from benchmarks.readme_block import ReadmeBlock
from benchmarks.risk.methods import Method
from benchmarks.risk.record import MIN_KEPT_SHARE, MethodResult, RiskRecord, Setting

BLOCK = ReadmeBlock("risk")
_NOT_YET = "No run is recorded yet: `ringfence bench risk` makes one."


def guide_block(record: RiskRecord | None) -> str:
    """What stands between the markers, Markdown."""
    return _NOT_YET if record is None else "\n\n".join(_parts(record))


def _parts(record: RiskRecord) -> Iterator[str]:
    changed = " with uncommitted changes" if record.uncommitted_changes else ""
    tested, total = len(record.tested), len(record.settings)
    yield (
        f"{record.runs} runs of each line: {record.labels:,} labels are drawn, each method sets a "
        "threshold by them, and it is judged on everything else (of the generated populations, on "
        "what is true of them). A promise is broken where more is wrong then than was promised. "
        f"Measured {record.measured_at:%Y-%m-%d} at `{record.commit[:7]}`{changed}, on "
        + ", ".join(_set(record))
        + "."
    )
    yield "\n".join(_summary(record))
    yield (
        f"{tested} of {total} settings put a certificate to the test: in at least half of their "
        "runs there is one. Goal: the promise holds in at least "
        f"{MIN_KEPT_SHARE:.0%} of the runs of every setting; "
        + (f"missed by {len(record.missed)}." if record.missed else "met by all.")
    )
    yield "\n".join(_table(record))


def _set(record: RiskRecord) -> Iterator[str]:
    for each in record.sets:
        if each.questions is None:
            yield f"{each.name} populations"
        else:
            yield (
                f"{each.name} ({each.questions:,} questions, {each.fitted_on:,} of them for the "
                "predicted signal alone)"
            )


def _summary(record: RiskRecord) -> Iterator[str]:
    yield "| threshold set by | promises broken | 95% | kept of all requests |"
    yield "|---|---|---|---|"
    for method in Method:
        broken, runs = record.total(method)
        low, high = wilson(broken, runs)
        coverage = [each.of(method).coverage_mean for each in record.tested]
        mean = sum(coverage) / len(coverage) if coverage else 0.0
        share = broken / runs if runs else 0.0
        yield (
            f"| {_SAID[method]} | **{share:.1%}** of {runs:,} | {low:.1%} to {high:.1%} "
            f"| {mean:.1%} |"
        )


_SAID = {
    Method.NAIVE: "what looks right on the labels",
    Method.BOUND_OF_ONE: "Clopper-Pearson, on the labels that chose it",
    Method.CERTIFIED: "`ringfence route certify`",
}


def _table(record: RiskRecord) -> Iterator[str]:
    yield (
        "| set | cheap model | signal | AUROC | at most wrong | certified runs | kept | broken | "
        "95% | naive: kept | naive: broken |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for each in record.settings:
        ours, naive = each.of(Method.CERTIFIED), each.of(Method.NAIVE)
        yield (
            f"| {each.set} | {_cheap(each)} | {each.signal} | {_number(each.auroc)} "
            f"| {each.max_wrong:.0%} of {each.promise} | {ours.keeping}/{ours.runs} "
            f"| {ours.coverage_mean:.1%} | {_broken(ours)} "
            f"| {ours.broken_low:.1%} to {ours.broken_high:.1%} "
            f"| {naive.coverage_mean:.1%} | {naive.broken_share:.1%} |"
        )


def _cheap(setting: Setting) -> str:
    return "-" if setting.cheap == setting.set else setting.cheap


def _broken(result: MethodResult) -> str:
    missed = "" if 1 - result.broken_share >= MIN_KEPT_SHARE else " ✗"
    return f"{result.broken_share:.1%}{missed}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
