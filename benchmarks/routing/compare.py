"""Routers on one pool of models: shares, recovered gaps, and what lies between them."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from benchmarks.routing.curves import (
    Curves,
    frame,
    routed,
    settings_of,
    share_of_oracle_gain,
)
from benchmarks.routing.gap import apgr
from benchmarks.routing.held_out import HeldOut, Pool
from benchmarks.routing.outcomes import Floats, OutcomeSet
from benchmarks.routing.record import Against, Comparison, Figure, Metric, Point
from benchmarks.routing.resample import interval
from benchmarks.routing.routers.learned import NAME as OURS

_SHOWN = 40
"""Points of a curve in the record."""


def compare(
    outcomes: OutcomeSet, held_out: HeldOut, pool: Pool, weights: Floats, *, is_pair: bool
) -> Comparison:
    """`weights` is one row for each resample, the first all ones."""
    among = narrowed(outcomes, pool)
    against = frame(among, weights)
    estimates = {
        router: told for (router, name), told in held_out.estimates.items() if name == pool.name
    }
    expected_usd = held_out.cost_usd[:, pool.models]
    shares: dict[str, Floats] = {}
    curves: dict[str, tuple[Point, ...]] = {
        "hull": _points(against.costs[0], against.hull[0]),
        "oracle": _points(against.costs[0], against.oracle[0]),
    }
    halfway = against.costs[0][None, len(against.costs[0]) // 2, None]
    operating = Point(cost_usd=float(halfway[0, 0]), quality=0.0)
    for router, told in estimates.items():
        curve = routed(settings_of(told, expected_usd), among, weights)
        shares[router] = share_of_oracle_gain(curve, against)
        alone = Curves(curve.cost_usd[:1], curve.quality[:1])
        curves[router] = _points(against.costs[0], alone.at(against.costs[:1])[0])
        if router == OURS:
            operating = Point(cost_usd=float(halfway[0, 0]), quality=float(alone.at(halfway)[0, 0]))
    metrics = [metric_of("share", shares)]
    if is_pair:
        weak, strong = among.quality.T
        gaps = {
            router: apgr(_gain(told), weak, strong, weights) for router, told in estimates.items()
        }
        metrics.append(metric_of("apgr", gaps))
    return Comparison(
        pool=pool.name,
        models=among.models,
        is_task_given=held_out.is_task_given,
        metrics=tuple(metrics),
        curves=curves,
        operating=operating,
    )


def narrowed(outcomes: OutcomeSet, pool: Pool) -> OutcomeSet:
    """The set as if its other models were not there."""
    return replace(
        outcomes,
        models=tuple(outcomes.models[model] for model in pool.models),
        is_on_prem=tuple(outcomes.is_on_prem[model] for model in pool.models),
        quality=outcomes.quality[:, pool.models],
        cost_usd=outcomes.cost_usd[:, pool.models],
    )


def _gain(told: Floats) -> Floats:
    """What the second of a pair is expected to bring over the first."""
    gain: Floats = told[:, 1] - told[:, 0]
    return gain


def metric_of(kind: Literal["share", "apgr"], values: dict[str, Floats]) -> Metric:
    """By router, one figure for each resample; ours is compared with the others."""
    return Metric(
        kind=kind,
        routers={router: _figure(each) for router, each in values.items()},
        against=tuple(
            Against(baseline=router, difference=_figure(values[OURS] - each))
            for router, each in values.items()
            if router != OURS
        ),
    )


def _figure(values: Floats) -> Figure:
    found = interval(values)
    return Figure(value=found.value, low=found.low, high=found.high)


def _points(cost_usd: Floats, quality: Floats) -> tuple[Point, ...]:
    shown = np.linspace(0, len(cost_usd) - 1, _SHOWN).astype(int)
    return tuple(Point(cost_usd=float(cost_usd[at]), quality=float(quality[at])) for at in shown)
