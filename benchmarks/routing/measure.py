"""One run: routers fitted fold by fold, held against hull and oracle, with intervals."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.machine import commit, library_versions, this_machine
from benchmarks.privacy.intervals import percentile
from benchmarks.routing.compare import compare, metric_of
from benchmarks.routing.folds import folds_of, groups_of
from benchmarks.routing.gap import apgr
from benchmarks.routing.held_out import Pool, hold_out, training_of
from benchmarks.routing.judged import judge
from benchmarks.routing.outcomes import Floats, Ints, OutcomeSet
from benchmarks.routing.prices import PriceTable
from benchmarks.routing.record import (
    Comparison,
    Judged,
    MeasuredSet,
    Method,
    Overhead,
    RoutingRecord,
)
from benchmarks.routing.resample import weights_of
from benchmarks.routing.routers.knn import NearestRouter
from benchmarks.routing.routers.learned import NAME as OURS
from benchmarks.routing.routers.learned import LearnedRouter
from benchmarks.routing.routers.protocol import Router
from benchmarks.routing.routers.random_mix import RandomRouter
from benchmarks.routing.routers.task_lookup import LookupRouter
from benchmarks.routing.routers.win_rate import WinRateRouter
from benchmarks.routing.temper import fit_tempered
from router.learned.embedder import Embedder
from router.learned.estimator import Estimator
from router.learned.examples import Inputs
from router.learned.inputs import one_input

_LIBRARIES = ("numpy", "onnxruntime", "tokenizers")
ROUTERS: tuple[Router, ...] = (
    LearnedRouter(),
    LookupRouter(),
    NearestRouter(),
    WinRateRouter(),
    RandomRouter(),
)
PAIR = "pair"

OnStep = Callable[[str], None]
"""What begins, in words."""


@dataclass(frozen=True, slots=True)
class Profile:
    """`questions` is the most that are taken of a set."""

    name: str
    questions: int
    folds: int
    resamples: int
    timed: int
    seed: int = 1


PROFILES: Mapping[str, Profile] = {
    "quick": Profile("quick", questions=2_500, folds=4, resamples=300, timed=100),
    "standard": Profile("standard", questions=1_000_000, folds=5, resamples=1_000, timed=300),
}


def pools_of(outcomes: OutcomeSet, prices: PriceTable) -> tuple[Pool, ...]:
    """All models, those that could be on-prem if that is fewer, and the pair of the price table.

    A set without that pair has as its pair the cheapest model and the best.
    """
    every = np.arange(len(outcomes.models), dtype=np.int64)
    pools = [Pool("all models", every)]
    on_prem = every[np.array(outcomes.is_on_prem)]
    if 1 < len(on_prem) < len(every):
        pools.append(Pool("on-prem", on_prem))
    names = list(outcomes.models)
    if prices.pair is not None and set(prices.pair) <= set(names):
        pair = [names.index(name) for name in prices.pair]
    else:
        quality, cost_usd = outcomes.quality.mean(axis=0), outcomes.cost_usd.mean(axis=0)
        best = int(quality.argmax())
        others = [model for model in range(len(names)) if model != best]
        pair = [min(others, key=lambda model: float(cost_usd[model])), best]
    return (*pools, Pool(PAIR, np.array(pair, np.int64)))


def measure(
    outcomes: OutcomeSet,
    prices: PriceTable,
    *,
    prices_digest: str,
    embedder: Embedder,
    inputs: Inputs,
    profile: Profile,
    on_step: OnStep,
) -> RoutingRecord:
    """Takes minutes for ten thousand questions. `inputs` are those of the set's questions."""
    on_step("group questions that are nearly the same")
    groups = groups_of(outcomes.stems, inputs.embeddings)
    folds = folds_of(groups, profile.folds, profile.seed)
    weights = weights_of(groups, profile.resamples, profile.seed)
    pools = pools_of(outcomes, prices)
    views = hold_out(
        outcomes,
        inputs,
        folds,
        ROUTERS,
        pools,
        seed=profile.seed,
        on_fold=lambda fold, router: on_step(f"fold {fold + 1} of {profile.folds}: {router}"),
    )
    comparisons: list[Comparison] = []
    for view in views if len(outcomes.task_names) > 1 else views[:1]:
        for pool in pools:
            said = "given" if view.is_task_given else "guessed"
            on_step(f"{pool.name}, task {said}: {profile.resamples:,} resamples")
            comparisons.append(compare(outcomes, view, pool, weights, is_pair=pool.name == PAIR))
    on_step("judge cheap answers")
    judged = measure_judged(outcomes, inputs, folds, weights, pools[-1])
    on_step("time requests one by one")
    overhead = measure_overhead(outcomes, inputs, embedder, profile)
    head, changed = commit(Path(__file__).parent)
    pair = [outcomes.models[model] for model in pools[-1].models]
    return RoutingRecord(
        measured_at=datetime.now(UTC),
        commit=head,
        uncommitted_changes=changed,
        machine=this_machine(),
        libraries=library_versions(_LIBRARIES),
        set=MeasuredSet(
            name=outcomes.name,
            digest=outcomes.digest,
            questions=outcomes.n,
            groups=len(np.unique(groups)),
            models=outcomes.models,
            left_out=outcomes.left_out,
        ),
        method=Method(
            profile=profile.name,
            folds=profile.folds,
            resamples=profile.resamples,
            seed=profile.seed,
            embedder=embedder.digest,
            prices_digest=prices_digest,
        ),
        task_accuracy=views[1].task_accuracy,
        comparisons=tuple(comparisons),
        pair=(pair[0], pair[1]),
        judged=judged,
        overhead=overhead,
    )


def measure_judged(
    outcomes: OutcomeSet, inputs: Inputs, folds: Ints, weights: Floats, pair: Pool
) -> Judged | None:
    """None for a set that has no answers, only what they were worth."""
    weak, strong = (int(model) for model in pair.models)
    found = judge(outcomes, inputs, folds, weak, strong)
    if found is None:
        return None
    told = {OURS: found.gain, "agreement alone": found.agreement}
    qualities = outcomes.quality[:, weak], outcomes.quality[:, strong]
    gaps = {router: apgr(ranked, *qualities, weights) for router, ranked in told.items()}
    return Judged(
        seconds=found.seconds, cheap_cost=found.cheap_cost, metric=metric_of("apgr", gaps)
    )


def measure_overhead(
    outcomes: OutcomeSet, inputs: Inputs, embedder: Embedder, profile: Profile
) -> Overhead:
    """What the gateway does for a request: features of its text, then expected quality."""
    estimator = fit_tempered(training_of(outcomes, inputs, profile.seed))
    asked = outcomes.sample(profile.timed, profile.seed)
    timed = list(_timed(asked, embedder, estimator))
    whole, embedding = zip(*timed, strict=True)
    chars = sorted(len(text) for text in asked.texts)
    return Overhead(
        requests=len(timed),
        chars_p50=chars[len(chars) // 2],
        p50_ms=round(percentile(list(whole), 0.50), 3),
        p99_ms=round(percentile(list(whole), 0.99), 3),
        embedding_p50_ms=round(percentile(list(embedding), 0.50), 3),
    )


def _timed(
    asked: OutcomeSet, embedder: Embedder, estimator: Estimator
) -> Iterator[tuple[float, float]]:
    """(all of it, the embedding), in milliseconds; the first ten are not counted."""
    for number, text in enumerate((*asked.texts[:10], *asked.texts)):
        began_s = time.perf_counter()
        embedding = embedder.embed(text)
        embedded_s = time.perf_counter()
        estimator.predict(one_input(embedding, text, int(asked.tasks[number - 10])))
        if number >= 10:
            ended_s = time.perf_counter()
            yield (ended_s - began_s) * 1e3, (embedded_s - began_s) * 1e3
