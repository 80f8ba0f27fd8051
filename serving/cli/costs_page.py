"""Costs as one HTML page with pictures that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from router.costs.cell import UNKNOWN, Cell, Costs
from router.costs.roi import Roi
from router.domain import Tier
from serving.cli.costs_bars import stacked_bars
from serving.cli.costs_curve import curve
from serving.cli.costs_report import Report, escalation_lines, head_lines, roi_lines

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;color:#1f2933;max-width:60rem;margin:2rem auto;"
    "padding:0 1rem}table{border-collapse:collapse;font-size:14px;display:block;overflow-x:auto}"
    "th,td{border:1px solid #d9dee4;padding:.25rem .5rem;text-align:right}"
    "th.name,td.name{text-align:left}svg{max-width:44rem;width:100%;display:block;margin:1rem 0}"
)


def page(report: Report, cells: Iterable[Cell]) -> str:
    """Deterministic: the same costs make the same page."""
    title = f"Costs, {report.days.first} to {report.days.last}"
    body = "\n".join(
        (
            f"<h1>{escape(title)}</h1>",
            *_paragraphs(head_lines(report)),
            by_day(cells),
            *_table(report.costs),
            "<h2>Escalations</h2>",
            *_paragraphs(escalation_lines(report.bought)),
            "<h2>What it was worth</h2>",
            *_paragraphs(roi_lines(report.roi)),
            *_worth(report.roi),
        )
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
        f'</title><meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body>\n{body}\n</body></html>\n"
    )


def by_day(cells: Iterable[Cell]) -> str:
    days: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for cell in cells:
        days[cell.day][cell.tier] += cell.cost_nano_usd / 1e9
    present = {tier for bar in days.values() for tier, usd in bar.items() if usd > 0}
    parts = [name for name in (*(tier.value for tier in Tier), UNKNOWN) if name in present]
    bars = {day: days[day] for day in sorted(days)}
    return stacked_bars("Cost by day and tier", "US$", bars, parts)


def _worth(roi: Roi) -> Iterator[str]:
    drawn = curve(roi)
    if drawn is None or roi.had is None:
        return
    yield drawn
    yield "<table><tr><th class=name>way</th><th>US$</th><th>quality</th><th>95%</th></tr>"
    for way in (roi.had, *roi.singles):
        quality = way.quality
        yield (
            f"<tr><td class=name>{escape(', '.join(way.models))}</td>"
            f"<td>{way.cost_nano_usd / 1e9:,.4f}</td><td>{quality.mean:.3f}</td>"
            f"<td>{quality.low:.3f} to {quality.high:.3f}</td></tr>"
        )
    yield "</table>"


def _paragraphs(lines: Iterable[str]) -> Iterator[str]:
    return (f"<p>{escape(line.strip())}</p>" for line in lines)


def _table(costs: Costs) -> Iterator[str]:
    if not costs.by:
        return
    names: Sequence[str] = [by.value for by in costs.by]
    figures = ("requests", "tokens in", "tokens out", "US$")
    head = "".join(
        (
            *(f"<th class=name>{name}</th>" for name in names),
            *(f"<th>{name}</th>" for name in figures),
        )
    )
    yield f"<table><tr>{head}</tr>"
    for key, each in costs.groups.items():
        cells = "".join(f"<td class=name>{escape(part)}</td>" for part in key)
        yield (
            f"<tr>{cells}<td>{each.requests:,}</td><td>{each.input_tokens:,}</td>"
            f"<td>{each.output_tokens:,}</td><td>{each.usd:,.4f}</td></tr>"
        )
    yield "</table>"
