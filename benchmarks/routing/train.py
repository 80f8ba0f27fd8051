"""Training: what a learned router brings on questions that it has not seen, and the router."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from benchmarks.routing.compare import compare
from benchmarks.routing.folds import folds_of, groups_of
from benchmarks.routing.held_out import Pool, hold_out, training_of
from benchmarks.routing.opinions import Opinions, opinions_of, shift_of
from benchmarks.routing.outcomes import OutcomeSet
from benchmarks.routing.resample import weights_of
from benchmarks.routing.routers.learned import LearnedRouter
from benchmarks.routing.routers.protocol import Router
from benchmarks.routing.routers.shifted import Shifted
from benchmarks.routing.routers.task_lookup import LookupRouter
from benchmarks.routing.temper import fit_tempered
from router.feedback.tally import Said
from router.learned.artifact import Comparison, Header
from router.learned.cheap import NAMES
from router.learned.estimator import Estimator
from router.learned.examples import Inputs
from router.learned.lookup import TaskLookup

FOLDS = 5
RESAMPLES = 2_000
MIN_QUESTIONS = 100
METRIC = "share of the oracle's gain over the hull of single models"


def train(
    outcomes: OutcomeSet,
    inputs: Inputs,
    *,
    embedder_digest: str,
    ringfence: str,
    made_at: datetime,
    seed: int,
    on_step: Callable[[str], None],
    said: Sequence[Said] = (),
) -> tuple[Header, Estimator]:
    """The comparison is of folds that were held out; the router is of all questions.

    `inputs` are those of the set's questions. What callers `said` shifts the lookup, in the router
    and in what it is compared with alike: the difference is what texts are worth, and feedback
    brings no router into service. Raises ValueError for too few questions.
    """
    if outcomes.n < MIN_QUESTIONS:
        raise ValueError(
            f"{outcomes.n} items say nothing of a router: give records of at least {MIN_QUESTIONS}"
        )
    on_step("compare with the task lookup")
    groups = groups_of(outcomes.stems, inputs.embeddings)
    if len(np.unique(groups)) < FOLDS:
        raise ValueError("the items are all nearly the same: give records of more suites")
    folds = folds_of(groups, FOLDS, seed)
    pool = Pool("all models", np.arange(len(outcomes.models), dtype=np.int64))
    opinions = opinions_of(said, outcomes.task_names, outcomes.models)
    lookup = LookupRouter()
    routers: list[Router] = [Shifted(each, opinions) for each in (LearnedRouter(), lookup)]
    held_out, _ = hold_out(
        outcomes,
        inputs,
        folds,
        routers,
        (pool,),
        seed=seed,
        on_fold=lambda fold, router: None,
    )
    weights = weights_of(groups, RESAMPLES, seed)
    (share,) = compare(outcomes, held_out, pool, weights, is_pair=False).metrics
    less = share.less(lookup.name)
    on_step("learn from all of it")
    estimator = _shifted(fit_tempered(training_of(outcomes, inputs, seed)), opinions, outcomes)
    header = Header(
        schema=1,
        made_at=made_at,
        ringfence=ringfence,
        models=outcomes.models,
        tasks=outcomes.task_names,
        cheap_features=NAMES,
        embedder_digest=embedder_digest,
        training_digest=_digest(outcomes, opinions),
        questions=outcomes.n,
        opinions=opinions.total,
        width=estimator.width,
        cheap_weight=estimator.scale.cheap_weight,
        task_weight=estimator.scale.task_weight,
        far=estimator.far,
        comparison=Comparison(
            metric=METRIC,
            learned=share.ours.value,
            lookup=share.routers[lookup.name].value,
            difference=less.value,
            low=less.low,
            high=less.high,
            questions=outcomes.n,
            folds=FOLDS,
            resamples=RESAMPLES,
        ),
    )
    return header, estimator


def _shifted(estimator: Estimator, opinions: Opinions, outcomes: OutcomeSet) -> Estimator:
    """Behind the fit: what texts add was learned from what was measured, and adds to both."""
    shift = shift_of(opinions, outcomes.tasks, outcomes.quality)
    lookup = TaskLookup((estimator.lookup.quality + shift).astype(np.float32))
    return replace(estimator, lookup=lookup)


def _digest(outcomes: OutcomeSet, opinions: Opinions) -> str:
    if not opinions.total:
        return outcomes.digest
    both = f"{outcomes.digest}/{opinions.digest}"
    return f"sha256:{hashlib.sha256(both.encode()).hexdigest()}"
