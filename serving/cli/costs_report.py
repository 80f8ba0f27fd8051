"""What `ringfence costs` found, in words, tables, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.markup import escape
from rich.table import Table

from router.costs.cell import Costs, Sum
from router.costs.escalations import Bought, Turns, Verdicts
from router.costs.roi import Counterfactual, Interval, Roi, Way
from router.domain import Json, JsonObject
from serving.cli.output import counted, out
from serving.cli.policy_records import Days

SHOWN_MISSING = 5
_MEASURE = (
    "`ringfence bench quality` measures it, and `measured: {quality: …}` in models.yaml names it"
)


@dataclass(frozen=True, slots=True)
class Report:
    days: Days
    costs: Costs
    bought: Bought
    roi: Roi


def print_report(report: Report) -> None:
    """The share of the fast tier first: it is what routing cheap first is judged by."""
    for line in head_lines(report):
        out.print(line, markup=False)
    if report.costs.by:
        out.print(_table(report.costs))
    for line in (*escalation_lines(report.bought), *roi_lines(report.roi)):
        out.print(line, markup=False)


def head_lines(report: Report) -> Iterator[str]:
    costs = report.costs
    share = costs.fast_share
    if share.of_requests is None or share.of_tokens is None:
        yield "Fast tier: nothing was answered in this time."
    else:
        yield f"Fast tier: {share.of_requests:.1%} of requests, {share.of_tokens:.1%} of tokens."
    total = costs.total
    yield (
        f"{report.days.first} to {report.days.last}: {counted(total.requests, 'request')}, "
        f"{costs.answered.requests:,} of them answered, {total.input_tokens:,} tokens in, "
        f"{total.output_tokens:,} out, US$ {total.usd:,.4f}."
    )


def escalation_lines(bought: Bought) -> Iterator[str]:
    if not bought.tried:
        yield "Escalations: no cheaper model was tried first."
        return
    kept, escalated, turns = bought.kept, bought.escalated, bought.turns
    yield (
        f"Escalations: a cheaper model was tried first for {counted(bought.tried, 'request')} "
        f"(US$ {_usd(bought.cost_nano_usd):,.4f}); {bought.kept_count:,} of its answers were kept, "
        f"{bought.escalated_count:,} requests went on to a stronger one."
    )
    yield f"  kept: {_verdicts(kept)}; escalated: {_verdicts(escalated)}"
    yield (
        f"  escalating turned {turns.wrong_to_right:,} wrong answers right and "
        f"{turns.right_to_wrong:,} right ones wrong; {turns.stayed_right:,} had been right, "
        f"{turns.stayed_wrong:,} stayed wrong, {turns.unknown:,} unknown"
    )
    saved = (
        "not known: a stronger model is not in the registry any more"
        if bought.saved_nano_usd is None
        else f"US$ {_usd(bought.saved_nano_usd):,.4f}"
    )
    yield (
        f"  cheaper answers in vain cost US$ {_usd(bought.in_vain_nano_usd):,.4f}; "
        f"saved by those kept: {saved}"
    )


def roi_lines(roi: Roi) -> Iterator[str]:
    if roi.had is None:
        yield "Worth: unknown, since no model that answered has a figure of quality for its task."
    else:
        yield (
            f"Worth: quality {_interval(roi.had.quality)} for US$ "
            f"{_usd(roi.had.cost_nano_usd):,.4f}, over {roi.requests:,} of {roi.of:,} requests"
        )
        for each in roi.counterfactuals:
            yield f"  {_counterfactual(each)}"
        if not roi.counterfactuals:
            yield "  beside nothing: no model has figures for all that was asked"
    if roi.missing:
        shown = "; ".join(f"{task} by {model}" for task, model in roi.missing[:SHOWN_MISSING])
        more = len(roi.missing) - SHOWN_MISSING
        yield f"  no figures of {shown}{f'; and {more} more' if more > 0 else ''}: {_MEASURE}"


def as_json(report: Report) -> JsonObject:
    """Money in US dollars; shares, scores and their differences in [0, 1] and [-1, 1]."""
    costs, share = report.costs, report.costs.fast_share
    return {
        "first": report.days.first.isoformat(),
        "last": report.days.last.isoformat(),
        "fast_share": {"of_requests": share.of_requests, "of_tokens": share.of_tokens},
        "total": _sum(costs.total),
        "answered": _sum(costs.answered),
        "groups": list(rows(costs)),
        "escalations": _bought(report.bought),
        "roi": _roi(report.roi),
    }


def rows(costs: Costs) -> Iterator[JsonObject]:
    """One for each group; of no groups, one for all."""
    for key, each in costs.groups.items():
        named: JsonObject = dict(zip((by.value for by in costs.by), key, strict=True))
        yield {**named, **_sum(each)}
    if not costs.by:
        yield _sum(costs.total)


def _table(costs: Costs) -> Table:
    table = Table(box=None)
    for by in costs.by:
        table.add_column(by.value, overflow="fold")
    for name in ("requests", "tokens in", "tokens out", "US$", "share"):
        table.add_column(name, justify="right", no_wrap=True)
    for key, each in costs.groups.items():
        part = each.cost_nano_usd / costs.total.cost_nano_usd if costs.total.cost_nano_usd else 0.0
        table.add_row(
            *map(escape, key),
            f"{each.requests:,}",
            f"{each.input_tokens:,}",
            f"{each.output_tokens:,}",
            f"{each.usd:,.4f}",
            f"{part:.1%}",
        )
    return table


def _counterfactual(each: Counterfactual) -> str:
    models = " and ".join(each.way.models)
    if each.way.share is not None:
        models = f"{models} for {each.way.share:.0%}"
    saved = each.saved_nano_usd
    money = f"US$ {_usd(abs(saved)):,.4f} {'less' if saved >= 0 else 'more'}"
    gained = each.gained
    return (
        f"beside {each.name} ({models}): {money}, quality {gained.mean:+.3f} "
        f"({gained.low:+.3f} to {gained.high:+.3f})"
    )


def _verdicts(each: Verdicts) -> str:
    return f"{each.right:,} right, {each.wrong:,} wrong, {each.unknown:,} unknown"


def _interval(each: Interval) -> str:
    return f"{each.mean:.3f} ({each.low:.3f} to {each.high:.3f})"


def _usd(nano_usd: float) -> float:
    return nano_usd / 1e9


def _sum(each: Sum) -> JsonObject:
    return {
        "requests": each.requests,
        "input_tokens": each.input_tokens,
        "output_tokens": each.output_tokens,
        "usd": each.usd,
    }


def _bought(each: Bought) -> JsonObject:
    saved = each.saved_nano_usd
    return {
        "tried": each.tried,
        "kept": {"requests": each.kept_count, **_of_verdicts(each.kept)},
        "escalated": {"requests": each.escalated_count, **_of_verdicts(each.escalated)},
        "turns": _of_turns(each.turns),
        "usd": _usd(each.cost_nano_usd),
        "in_vain_usd": _usd(each.in_vain_nano_usd),
        "saved_usd": None if saved is None else _usd(saved),
    }


def _of_verdicts(each: Verdicts) -> JsonObject:
    return {"right": each.right, "wrong": each.wrong, "unknown": each.unknown}


def _of_turns(each: Turns) -> JsonObject:
    return {
        "wrong_to_right": each.wrong_to_right,
        "right_to_wrong": each.right_to_wrong,
        "stayed_right": each.stayed_right,
        "stayed_wrong": each.stayed_wrong,
        "unknown": each.unknown,
    }


def _roi(roi: Roi) -> JsonObject:
    return {
        "requests": roi.requests,
        "of": roi.of,
        "had": None if roi.had is None else _of_way(roi.had),
        "models": [_of_way(way) for way in roi.singles],
        "counterfactuals": [
            {
                "name": each.name,
                **_of_way(each.way),
                "gained": _of_interval(each.gained),
                "saved_usd": _usd(each.saved_nano_usd),
            }
            for each in roi.counterfactuals
        ],
        "missing": [{"task": task, "model": model} for task, model in roi.missing],
    }


def _of_way(way: Way) -> JsonObject:
    return {
        "models": list[Json](way.models),
        "share": way.share,
        "usd": _usd(way.cost_nano_usd),
        "quality": _of_interval(way.quality),
    }


def _of_interval(each: Interval) -> JsonObject:
    return {"mean": each.mean, "low": each.low, "high": each.high}
