"""What routing is worth: the quality that was had for the money, beside three ways without it.

The period's requests are taken as they were, with the tokens that they took. A way to answer them
is a weight for each task and model, w, so that its quality is the sum of w · q over the figures q,
and its variance that of w² · var(q): figures are taken to be independent, which makes differences
of figures from the same items less sure than they are. Intervals are of 95%, normal, and say
nothing of requests that another period might have.

    always the best    the model of the highest quality, wherever it was permitted
    a random mix       of the cheapest and the best, in the shares that spend as much
    the best at that   of models that cost no more than was spent, the one of the highest quality
    cost

Where a model was not permitted for a request, the request goes where it went: nothing here leaves
the permitted set (I3).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from router.costs.cell import Cell
from router.costs.figures import Z_95, Figures, Pair
from router.domain import Price, Usage

BEST = "always the best model"
MIX = "a random mix of equal spend"
BEST_AT_COST = "the best model at that cost"

_CENT_OF_A_CENT = 1.0001
"""A model that costs as much but for rounding costs as much."""


@dataclass(frozen=True, slots=True)
class Interval:
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Way:
    """One way to answer the requests: what it costs, and how good the answers are on average.

    `weights` sum up to 1.
    """

    models: tuple[str, ...]
    cost_nano_usd: float
    quality: Interval
    weights: Mapping[Pair, float] = field(repr=False)
    share: float | None = None
    """Of a mix, the part of requests that go to the last of `models`."""


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """`gained` is the quality that was had above that of the way, `saved` the money below it."""

    name: str
    way: Way
    gained: Interval
    saved_nano_usd: float


@dataclass(frozen=True, slots=True)
class Roi:
    """Of the `requests` that have a figure for what answered them, `of` so many that were answered.

    `missing` are pairs without which a request, or a model, could not be taken in; most requests
    first. `counterfactuals` is empty, and `had` None, where nothing is known.
    """

    requests: int
    of: int
    had: Way | None
    singles: tuple[Way, ...]
    counterfactuals: tuple[Counterfactual, ...]
    missing: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    cells: Sequence[Cell]
    figures: Figures
    prices: Mapping[str, Price]
    requests: int


def roi(cells: Iterable[Cell], figures: Figures, prices: Mapping[str, Price]) -> Roi:
    """`prices` are by key, of every model there is; a model without one is no way. Pure."""
    answered = [cell for cell in cells if cell.was_answered and cell.task != "embeddings"]
    known = [cell for cell in answered if (cell.task, cell.model) in figures]
    lacking: Counter[Pair] = Counter()
    for cell in answered:
        if (cell.task, cell.model) not in figures:
            lacking[cell.task, cell.model] += cell.requests
    requests, of = (sum(cell.requests for cell in each) for each in (known, answered))
    if not requests:
        return Roi(0, of, None, (), (), _most_first(lacking))
    all_known = _Known(known, figures, prices, requests)
    had = _way(all_known, ("as routed",), None)
    singles: list[Way] = []
    for model in sorted({key for cell in known for key in cell.permitted} & prices.keys()):
        without = _without_figure(known, model, figures)
        if without:
            lacking.update(without)
        else:
            singles.append(_way(all_known, (model,), model))
    return Roi(
        requests=requests,
        of=of,
        had=had,
        singles=tuple(singles),
        counterfactuals=tuple(_counterfactuals(had, singles, figures)),
        missing=_most_first(lacking),
    )


def hull(ways: Iterable[Way]) -> tuple[Way, ...]:
    """The upper hull of cost and quality, cheapest first: what mixes of single models can reach."""
    chain: list[Way] = []
    for way in sorted(ways, key=lambda each: (each.cost_nano_usd, -each.quality.mean)):
        if chain and way.quality.mean <= chain[-1].quality.mean:
            continue
        while len(chain) > 1 and _slope(chain[-2], chain[-1]) <= _slope(chain[-2], way):
            chain.pop()
        chain.append(way)
    return tuple(chain)


def _slope(low: Way, high: Way) -> float:
    run = high.cost_nano_usd - low.cost_nano_usd
    return (high.quality.mean - low.quality.mean) / run if run else math.inf


def _counterfactuals(
    had: Way, singles: Sequence[Way], figures: Figures
) -> Iterable[Counterfactual]:
    if not singles:
        return
    best = max(singles, key=lambda way: (way.quality.mean, -way.cost_nano_usd))
    yield _beside(BEST, had, best, figures)
    cheapest = min(singles, key=lambda way: (way.cost_nano_usd, -way.quality.mean))
    yield _beside(MIX, had, _mixed(cheapest, best, had.cost_nano_usd, figures), figures)
    payable = [way for way in singles if way.cost_nano_usd <= had.cost_nano_usd * _CENT_OF_A_CENT]
    if payable:
        at_cost = max(payable, key=lambda way: (way.quality.mean, -way.cost_nano_usd))
        yield _beside(BEST_AT_COST, had, at_cost, figures)


def _beside(name: str, had: Way, way: Way, figures: Figures) -> Counterfactual:
    pairs = had.weights.keys() | way.weights.keys()
    unlike = {
        pair: had.weights.get(pair, 0.0) - way.weights.get(pair, 0.0) for pair in sorted(pairs)
    }
    return Counterfactual(
        name=name,
        way=way,
        gained=quality_of(unlike, figures, -1.0),
        saved_nano_usd=way.cost_nano_usd - had.cost_nano_usd,
    )


def _mixed(cheap: Way, strong: Way, spend_nano_usd: float, figures: Figures) -> Way:
    """Where neither end spends so much, the one that is nearer."""
    run = strong.cost_nano_usd - cheap.cost_nano_usd
    share = (spend_nano_usd - cheap.cost_nano_usd) / run if run > 0 else 1.0
    share = min(1.0, max(0.0, share))
    pairs = sorted(cheap.weights.keys() | strong.weights.keys())
    weights = {
        pair: (1 - share) * cheap.weights.get(pair, 0.0) + share * strong.weights.get(pair, 0.0)
        for pair in pairs
    }
    return Way(
        models=(*cheap.models, *strong.models),
        cost_nano_usd=(1 - share) * cheap.cost_nano_usd + share * strong.cost_nano_usd,
        quality=quality_of(weights, figures),
        weights=weights,
        share=share,
    )


def quality_of(weights: Mapping[Pair, float], figures: Figures, least: float = 0.0) -> Interval:
    """The weighted mean of figures, within `least` and 1; `least` is -1 for differences."""
    mean = sum(weight * figures[pair].mean for pair, weight in weights.items())
    variance = sum(weight**2 * figures[pair].variance for pair, weight in weights.items())
    half = Z_95 * math.sqrt(variance)
    return Interval(mean, max(least, mean - half), min(1.0, mean + half))


def _way(known: _Known, models: tuple[str, ...], model: str | None) -> Way:
    """All to `model` where that may be, or as it was."""
    weights: Counter[Pair] = Counter()
    cost = 0
    for cell in known.cells:
        if model is None or model not in cell.permitted:
            weights[cell.task, cell.model] += cell.requests
            cost += cell.cost_nano_usd
        else:
            weights[cell.task, model] += cell.requests
            usage = Usage(cell.input_tokens, cell.output_tokens)
            cost += known.prices[model].cost_nano_usd(usage)
    shares = {pair: count / known.requests for pair, count in weights.items()}
    return Way(models, cost, quality_of(shares, known.figures), shares)


def _without_figure(cells: Sequence[Cell], model: str, figures: Figures) -> Counter[Pair]:
    lacking: Counter[Pair] = Counter()
    for cell in cells:
        if model in cell.permitted and (cell.task, model) not in figures:
            lacking[cell.task, model] += cell.requests
    return lacking


def _most_first(lacking: Counter[Pair]) -> tuple[Pair, ...]:
    return tuple(sorted(lacking, key=lambda pair: (-lacking[pair], pair)))
