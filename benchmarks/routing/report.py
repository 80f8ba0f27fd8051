"""A record → what the guide says of routing, Markdown, and the curves."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.readme_block import ReadmeBlock
from benchmarks.routing.record import Comparison, Figure, Judged, Metric, RoutingRecord
from benchmarks.routing.routers.learned import NAME as OURS
from benchmarks.throughput.svg import Axis, Series, chart

BLOCK = ReadmeBlock("routing")
_NOT_YET = "No run is recorded yet: `ringfence bench routing --data DIR` makes one."
_SHARES = (0.25, 0.5, 0.75)
_QUESTIONS = 1_000


def guide_block(record: RoutingRecord | None) -> str:
    """What stands between the markers, Markdown."""
    return _NOT_YET if record is None else "\n\n".join(_parts(record))


def _parts(record: RoutingRecord) -> Iterator[str]:
    machine, method, measured = record.machine, record.method, record.set
    changed = " with uncommitted changes" if record.uncommitted_changes else ""
    yield (
        f"{measured.questions:,} questions of `{measured.name}` x {len(measured.models)} models, "
        f"{method.folds} folds that keep nearly equal questions together ({measured.groups:,} "
        f"groups); every figure is of questions that nothing was learned from, with 95% intervals "
        f"of {method.resamples:,} resamples of the groups. A task that is not given is guessed "
        f"from the text, rightly in {record.task_accuracy:.0%}. Measured "
        f"{record.measured_at:%Y-%m-%d} at `{record.commit[:7]}`{changed} on {machine.cpu}, one "
        "thread."
    )
    if measured.left_out:
        yield f"Left out: {'; '.join(measured.left_out)}."
    yield "\n".join(_goals(record))
    yield (
        "Share of the oracle's gain over the hull of single models: 0 is a blind mix of the best "
        "models, 1 knows every outcome."
    )
    yield "\n".join(_table(record, "share"))
    yield (f"Average performance gap recovered, {record.pair[0]} → {record.pair[1]}: .5 is chance.")
    yield "\n".join(_table(record, "apgr"))
    if record.judged is not None:
        yield _judged(record.judged)
    yield "Quality at a part of the hull's range of costs, task given:"
    yield "\n".join(_at_costs(record))
    took = record.overhead
    yield (
        f"A prediction takes {took.p50_ms:.1f} ms at the median and {took.p99_ms:.1f} ms at the "
        f"99th percentile of {took.requests} requests (median {took.chars_p50:,} characters), "
        f"{took.embedding_p50_ms:.1f} ms of it the embedding."
    )


def _goals(record: RoutingRecord) -> Iterator[str]:
    yield "| goal | |"
    yield "|---|---|"
    for goal, is_met in record.goals.items():
        yield f"| {goal} | {'met' if is_met else '**missed**'} |"


def _table(record: RoutingRecord, kind: str) -> Iterator[str]:
    rows = [
        (each, metric)
        for each in record.comparisons
        for metric in each.metrics
        if metric.kind == kind
    ]
    if not rows:
        return
    routers = tuple(rows[0][1].routers)
    yield f"| models, task | {' | '.join(routers)} | ours less the best baseline |"
    yield f"|---|{'---|' * (len(routers) + 1)}"
    for comparison, metric in rows:
        cells = " | ".join(_cell(metric.routers[router], router) for router in routers)
        yield f"| {comparison.name} | {cells} | {_difference(metric)} |"


def _cell(figure: Figure, router: str) -> str:
    text = f"{figure.value:.3f} ({figure.low:.3f}-{figure.high:.3f})"
    return f"**{text}**" if router == OURS else text


def _difference(metric: Metric) -> str:
    best = metric.best_baseline
    less = metric.less(best)
    return f"{less.value:+.3f} ({less.low:+.3f} to {less.high:+.3f}) than {best}"


def _judged(judged: Judged) -> str:
    """What is known once the cheap model has answered, and what knowing it costs."""
    figures = ", ".join(
        f"{name} {_cell(figure, name)}" for name, figure in judged.metric.routers.items()
    )
    return (
        "That is before any answer: the text alone. With the weak model's answer in hand, and "
        f"those of {' and '.join(judged.seconds)}, which agree with it or not, it is {figures}. "
        f"All the cheap answers together cost {judged.cheap_cost:.2f} of the strong model's, so "
        "whether to ask for them is a question for `ringfence route advise`."
    )


def _at_costs(record: RoutingRecord) -> Iterator[str]:
    given = [each for each in record.comparisons if each.is_task_given]
    shown = ("hull", "task lookup", OURS, "oracle")
    yield f"| models | USD for {_QUESTIONS:,} | {' | '.join(shown)} |"
    yield f"|---|---|{'---|' * len(shown)}"
    for comparison in given:
        for share in _SHARES:
            at = round(share * (len(comparison.curves["hull"]) - 1))
            cost_usd = comparison.curves["hull"][at].cost_usd * _QUESTIONS
            cells = " | ".join(f"{comparison.curves[name][at].quality:.3f}" for name in shown)
            yield f"| {comparison.pool} | {cost_usd:.3f} | {cells} |"


def picture(comparison: Comparison) -> str:
    """Cost against quality, as SVG, with where ours stands at half of the range of costs."""
    series = [
        Series(
            name,
            [(point.cost_usd * _QUESTIONS, point.quality) for point in points],
            is_line_only=True,
        )
        for name, points in comparison.curves.items()
    ]
    here = comparison.operating
    series.append(
        Series("operating point", [(here.cost_usd * _QUESTIONS, here.quality)], is_joined=False)
    )
    return chart(
        comparison.name,
        Axis(f"USD for {_QUESTIONS:,} questions"),
        Axis("quality"),
        series,
    )


def page(record: RoutingRecord) -> str:
    """One HTML page that needs nothing else."""
    pictures = "\n".join(picture(each) for each in record.comparisons)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Routing</title>'
        '<meta name="viewport" content="width=device-width"><style>body{font:16px/1.5 system-ui,'
        "sans-serif;color:#1f2933;max-width:60rem;margin:2rem auto;padding:0 1rem}svg{max-width:"
        "44rem;width:100%;display:block;margin:1rem 0}</style></head>\n"
        f"<body><h1>Routing: {record.set.name}</h1>\n{pictures}\n</body></html>\n"
    )
