"""What was advised, as one HTML page that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from benchmarks.throughput.svg import Axis, Series, chart
from router.risk.advice import Advice
from router.risk.figures import Estimate, Figures

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;color:#1f2933;max-width:52rem;margin:2rem auto;"
    "padding:0 1rem}table{border-collapse:collapse;font-size:14px}th,td{border:1px solid #d9dee4;"
    "padding:.25rem .5rem;text-align:right}th:first-child,td:first-child{text-align:left}"
    "svg{max-width:44rem;width:100%;display:block;margin:1rem 0}"
)


def page(advice: Sequence[Advice]) -> str:
    """Deterministic: the same advice makes the same page."""
    body = "\n".join(part for each in advice for part in _pair(each))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Cascades</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body>\n<h1>Cascades: what they cost and what they are worth</h1>\n{body}\n"
        "</body></html>\n"
    )


def _pair(advice: Advice) -> Iterator[str]:
    pair = advice.candidate
    yield f"<h2>{escape(f'{pair.cheap_tier} → {pair.strong_tier}')}</h2>"
    yield f"<p>{escape(f'{pair.cheap.key}, then {pair.strong.key}')}</p>"
    yield f"<p><strong>{escape(advice.why)}</strong></p>"
    if advice.figures is not None:
        yield cost_quality(f"{pair.cheap.key} → {pair.strong.key}", advice.figures)
        yield "\n".join(_table(advice.figures))


def cost_quality(title: str, figures: Figures) -> str:
    """Cost against quality: all thresholds, what a mix gives, and where the threshold stands."""

    def at(way: str) -> tuple[float, float]:
        point = dict(figures.ways)[way]
        return point.cost_usd.value * 1e3, point.quality.value

    cheap, strong = at("always cheap"), at("always strong")
    return chart(
        title,
        Axis("US dollars per 1,000 requests"),
        Axis("quality"),
        (
            Series(
                "cascade, all thresholds",
                sorted((cost * 1e3, quality) for cost, quality in figures.curve),
                is_line_only=True,
            ),
            Series("mix of the two", (cheap, strong), is_line_only=True),
            Series("always cheap", (cheap,)),
            Series("always strong", (strong,)),
            Series("cascade, this threshold", (at("cascade"),)),
        ),
    )


def _table(figures: Figures) -> Iterator[str]:
    yield "<table><tr><th></th><th>US dollars per 1,000 requests</th><th>quality</th></tr>"
    for name, point in figures.ways:
        cost, quality = point.cost_usd, point.quality
        thousand = Estimate(cost.value * 1e3, cost.low * 1e3, cost.high * 1e3)
        yield (
            f"<tr><td>{escape(name)}</td><td>{_interval(thousand, '.4g')}</td>"
            f"<td>{_interval(quality, '.3f')}</td></tr>"
        )
    yield "</table>"


def _interval(estimate: Estimate, form: str) -> str:
    return f"{estimate.value:{form}} ({estimate.low:{form}} to {estimate.high:{form}})"
