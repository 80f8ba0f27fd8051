"""What a drill found, in words, a table, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from rich.markup import escape
from rich.table import Table

from router.costs.drill import Drill, Quality
from router.costs.latency import Latency
from router.costs.load import Peak
from router.costs.roi import Interval
from router.domain import JsonObject
from serving.cli.output import counted

_MEASURE = (
    "`ringfence bench quality` measures it, and `measured: {quality: …}` in models.yaml names it"
)
_SHOWN = 5


def answers(drilled: Drill, what: str) -> Iterator[str]:
    """A line for each thing that is asked: where, refused, cost, quality, latency, capacity."""
    of = counted(drilled.requests, "request")
    yield f"{what}: {drilled.moved:,} of {of}{_share(drilled.moved, drilled)} go elsewhere."
    if drilled.refused:
        part = _share(drilled.refused, drilled)
        yield f"Refused: {drilled.refused:,}{part} that are answered now have no model left."
    else:
        yield "Refused: none that are answered now."
    yield _cost(drilled)
    yield from _quality(drilled.quality, drilled)
    yield _latency(drilled)
    yield from _capacity(drilled)


def table(drilled: Drill, latencies: Mapping[str, Latency]) -> Table:
    shown = Table(box=None)
    shown.add_column("destination", overflow="fold")
    for name in ("before", "US$ before", "after", "US$ after", "p50", "p95"):
        shown.add_column(name, justify="right", no_wrap=True)
    for name, before, after in drilled.destinations:
        took = latencies.get(name)
        shown.add_row(
            escape(name),
            f"{before.requests:,}",
            f"{before.usd:,.4f}",
            f"{after.requests:,}",
            f"{after.usd:,.4f}",
            *(("", "") if took is None else (f"{took.p50_s:.2f} s", f"{took.p95_s:.2f} s")),
        )
    return shown


def rows(drilled: Drill, latencies: Mapping[str, Latency]) -> list[JsonObject]:
    return [
        {
            "destination": name,
            "before": before.requests,
            "before_usd": before.usd,
            "after": after.requests,
            "after_usd": after.usd,
            "p50_s": None if name not in latencies else latencies[name].p50_s,
            "p95_s": None if name not in latencies else latencies[name].p95_s,
        }
        for name, before, after in drilled.destinations
    ]


def as_json(drilled: Drill, latencies: Mapping[str, Latency]) -> JsonObject:
    """`quality` and `latency` are null where no request has what it takes to say."""
    quality, latency = drilled.quality, drilled.latency
    return {
        "requests": drilled.requests,
        "moved": drilled.moved,
        "refused": drilled.refused,
        "before_usd": drilled.cost_before_nano_usd / 1e9,
        "after_usd": drilled.cost_after_nano_usd / 1e9,
        "quality": None
        if quality is None
        else {
            "requests": quality.requests,
            "before": _interval(quality.before),
            "after": _interval(quality.after),
            "gained": _interval(quality.gained),
            "missing": [{"task": task, "model": model} for task, model in quality.missing],
        },
        "latency": None
        if latency is None
        else {
            "requests": latency.requests,
            "before_mean_s": latency.before_s,
            "after_mean_s": latency.after_s,
        },
        "capacity": [_of_peak(peak) for peak in drilled.peaks],
        "capacity_before": [_of_peak(peak) for peak in drilled.peaks_before],
        "destinations": list(rows(drilled, latencies)),
    }


def _cost(drilled: Drill) -> str:
    before, after = drilled.cost_before_nano_usd / 1e9, drilled.cost_after_nano_usd / 1e9
    change = f" ({(after - before) / before:+.1%})" if before else ""
    return f"Cost: US$ {before:,.4f} now, US$ {after:,.4f} then{change}."


def _quality(quality: Quality | None, drilled: Drill) -> Iterator[str]:
    if quality is None:
        yield "Quality: nothing is answered."
        return
    if quality.requests:
        gained = quality.gained
        yield (
            f"Quality: {quality.before.mean:.3f} now, {quality.after.mean:.3f} then "
            f"({gained.mean:+.3f}, 95% from {gained.low:+.3f} to {gained.high:+.3f}), of "
            f"{quality.requests:,} requests with figures{_share(quality.requests, drilled)}."
        )
    else:
        yield "Quality: unknown."
    if quality.missing:
        shown = "; ".join(f"{task} by {model}" for task, model in quality.missing[:_SHOWN])
        more = len(quality.missing) - _SHOWN
        yield f"  no figures of {shown}{f'; and {more} more' if more > 0 else ''}: {_MEASURE}"


def _latency(drilled: Drill) -> str:
    latency = drilled.latency
    if latency is None:
        return "Latency: unknown: the models that would answer have not answered in this time."
    return (
        f"Latency: {latency.before_s:.2f} s now on average, {latency.after_s:.2f} s then, by what "
        f"models took in this time, of {counted(latency.requests, 'request')}"
        f"{_share(latency.requests, drilled)}."
    )


def _capacity(drilled: Drill) -> Iterator[str]:
    if not drilled.peaks:
        yield "Capacity: nothing goes to a model on-prem."
        return
    before = {peak.model: peak for peak in drilled.peaks_before}
    for peak in drilled.peaks:
        tokens = (
            f"{peak.input_tokens_per_s:,.0f} tokens/s in and {peak.output_tokens_per_s:,.0f} out"
        )
        hour = (
            f"Capacity: {peak.model} in its busiest hour ({_hour(peak.from_s)}) has "
            f"{peak.requests_per_s:,.3f} requests/s, {tokens}"
        )
        if peak.use is None:
            yield f"{hour}; what it can take is not known: `capacity` in policy.yaml says places."
            continue
        was = before.get(peak.model)
        now = f", {was.use:.0%} now" if was is not None and was.use is not None else ""
        full = (
            f"; {counted(peak.without_place, 'request')} would find it full"
            if peak.without_place
            else ""
        )
        yield f"{hour}: {peak.use:.0%} of its {peak.limit}{now}{full}."


def _hour(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H}h UTC"


def _share(count: int, drilled: Drill) -> str:
    return f" ({count / drilled.requests:.1%})" if drilled.requests else ""


def _interval(each: Interval) -> JsonObject:
    return {"mean": each.mean, "low": each.low, "high": each.high}


def _of_peak(peak: Peak) -> JsonObject:
    return {
        "model": peak.model,
        "hour": datetime.fromtimestamp(peak.from_s, UTC).isoformat(),
        "requests_per_s": peak.requests_per_s,
        "input_tokens_per_s": peak.input_tokens_per_s,
        "output_tokens_per_s": peak.output_tokens_per_s,
        "use": peak.use,
        "limit": peak.limit,
        "without_place": peak.without_place,
    }
