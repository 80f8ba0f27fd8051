"""What each router expects of questions that it has not learned from: fold by fold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.routing.costs import fit_costs
from benchmarks.routing.outcomes import Floats, Ints, OutcomeSet
from benchmarks.routing.routers.protocol import Router, Training
from benchmarks.routing.task_guess import fit_task_guess
from router.learned.examples import Inputs

OnFold = Callable[[int, str], None]
"""(the fold, from 0, the router that begins)"""


@dataclass(frozen=True, slots=True)
class Pool:
    """Models among which a request is routed; `models` are columns of the set."""

    name: str
    models: Ints


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Every question once, by what was fitted to the other folds.

    `estimates` are by router and pool, n x len(pool); `cost_usd` (n x m) is what answers are
    expected to cost, and all routers count with it. `tasks` are those that routers
    were told, which is a guess where it is not `is_task_given`; `task_accuracy` is how often it is
    right.
    """

    is_task_given: bool
    task_accuracy: float
    estimates: Mapping[tuple[str, str], Floats] = field(repr=False)
    cost_usd: Floats = field(repr=False)


def hold_out(
    outcomes: OutcomeSet,
    inputs: Inputs,
    folds: Ints,
    routers: Sequence[Router],
    pools: Sequence[Pool],
    *,
    seed: int,
    on_fold: OnFold,
) -> tuple[HeldOut, HeldOut]:
    """With the task given, and with the task guessed. Fits each router once a fold."""
    n = outcomes.n
    estimates = {
        (router.name, pool.name): np.zeros((2, n, len(pool.models)))
        for router in routers
        for pool in pools
    }
    cost_usd = np.zeros((2, *outcomes.cost_usd.shape))
    right = 0
    for fold in range(int(folds.max()) + 1):
        learned_from, asked = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        training = training_of(outcomes.take(learned_from), inputs.take(learned_from), seed + fold)
        given = inputs.take(asked)
        guess = fit_task_guess(training.inputs, training.task_count).guess(given.embeddings)
        right += int((guess == given.tasks).sum())
        # Both ways of asking at once: some routers are fitted when they are asked.
        both = _joined(given, Inputs(given.embeddings, given.cheap, guess))
        costs = fit_costs(training.inputs, training.cost_usd, training.task_count)
        cost_usd[:, asked] = _halves(costs.usd(both))
        for router in routers:
            on_fold(fold, router.name)
            fitted = router.fit(training)
            for pool in pools:
                told = fitted.estimates(both, pool.models)
                estimates[router.name, pool.name][:, asked] = _halves(told)
    return (
        HeldOut(True, 1.0, {key: told[0] for key, told in estimates.items()}, cost_usd[0]),
        HeldOut(False, right / n, {key: told[1] for key, told in estimates.items()}, cost_usd[1]),
    )


def training_of(outcomes: OutcomeSet, inputs: Inputs, seed: int) -> Training:
    """All of a set. `inputs` are those of its questions."""
    return Training(inputs, outcomes.quality, outcomes.cost_usd, len(outcomes.task_names), seed)


def _joined(first: Inputs, second: Inputs) -> Inputs:
    return Inputs(
        np.concatenate((first.embeddings, second.embeddings)),
        np.concatenate((first.cheap, second.cheap)),
        np.concatenate((first.tasks, second.tasks)),
    )


def _halves(rows: Floats) -> Floats:
    """(2 x n) rows → 2 x n of them."""
    return rows.reshape(2, len(rows) // 2, *rows.shape[1:])
