"""Does a promise hold on what comes after the labels that it was made on? Many times over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import numpy as np

from benchmarks.machine import commit, library_versions, this_machine
from benchmarks.privacy.intervals import percentile, wilson
from benchmarks.risk.answers import AnsweredSet, load
from benchmarks.risk.generated import SET_NAME, generated
from benchmarks.risk.methods import CHOOSERS, Method
from benchmarks.risk.pairs import PAIRS
from benchmarks.risk.population import FinitePopulation, Population, Rates
from benchmarks.risk.record import MethodResult, RiskRecord, Setting, UsedSet
from benchmarks.risk.signals import agreement, predicted
from router.risk.certificate import Promise
from router.risk.learn_then_test import Terms

_FITTED_SHARE = 0.25
"""Of the questions: they make a signal, and are neither labels nor what is judged."""
LIBRARIES = ("ringfence", "numpy")


@dataclass(frozen=True, slots=True)
class Plan:
    """`runs` of `labels` each, for every population and each of `terms`."""

    runs: int = 160
    labels: int = 1_500
    seed: int = 1
    terms: tuple[Terms, ...] = (
        Terms(0.05),
        Terms(0.10),
        Terms(0.20),
        Terms(0.05, promise=Promise.OF_TRIED),
    )


def measure(
    plan: Plan, folders: Sequence[Path], on_setting: Callable[[int, int], None]
) -> RiskRecord:
    """`on_setting` hears how many settings of how many are done. Raises NoAnswers."""
    answered = [load(folder, _models()) for folder in folders]
    populations: list[Population] = [*generated()]
    for each in answered:
        populations.extend(recorded(each, plan.seed))
    head, has_changes = commit(Path())
    total = len(populations) * len(plan.terms)
    settings: list[Setting] = []
    for population in populations:
        for terms in plan.terms:
            settings.append(_setting(population, terms, plan))
            on_setting(len(settings), total)
    return RiskRecord(
        measured_at=datetime.now(UTC),
        commit=head,
        uncommitted_changes=has_changes,
        machine=this_machine(),
        libraries=library_versions(LIBRARIES),
        seed=plan.seed,
        runs=plan.runs,
        labels=plan.labels,
        sets=(
            UsedSet(name=SET_NAME, digest=None, questions=None, fitted_on=None),
            *(
                UsedSet(
                    name=each.name,
                    digest=each.digest,
                    questions=len(each),
                    fitted_on=int(_fitted_on(each, plan.seed).sum()),
                )
                for each in answered
            ),
        ),
        settings=tuple(settings),
    )


def recorded(answered: AnsweredSet, seed: int) -> Iterator[FinitePopulation]:
    """Each pair with each signal, on the questions that no signal was fitted on."""
    fitted_on = _fitted_on(answered, seed)
    items = tuple(np.array(answered.ids)[~fitted_on])
    for pair in PAIRS:
        signals = {
            "agreement": agreement(answered, pair.cheap, pair.samples),
            "predicted": predicted(answered, pair.cheap, pair.samples, fitted_on),
        }
        for name, values in signals.items():
            yield FinitePopulation(
                set_name=answered.name,
                cheap=pair.cheap,
                strong=pair.strong,
                signal=name,
                items=items,
                values=values[~fitted_on],
                is_right=answered.answers[pair.cheap].is_right[~fitted_on],
            )


def _fitted_on(answered: AnsweredSet, seed: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    chosen: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
        np.random.default_rng(seed).random(len(answered)) < _FITTED_SHARE
    )
    return chosen


def _models() -> tuple[str, ...]:
    return tuple(dict.fromkeys(model for pair in PAIRS for model in pair.models))


def _setting(population: Population, terms: Terms, plan: Plan) -> Setting:
    rates: dict[Method, list[Rates | None]] = {method: [] for method in Method}
    of_setting = crc32("/".join((population.cheap, population.signal, repr(terms))).encode())
    for run in range(plan.runs):
        draw = population.draw(plan.labels, np.random.default_rng((plan.seed, of_setting, run)))
        labels = draw.labels
        for method in Method:
            threshold = CHOOSERS[method](labels, terms)
            kept = None if threshold is None else draw.rates(threshold, terms.promise)
            rates[method].append(kept)
    return Setting(
        set=population.set_name,
        cheap=population.cheap,
        strong=population.strong,
        signal=population.signal,
        auroc=population.auroc,
        promise=terms.promise,
        max_wrong=terms.max_wrong,
        confidence=terms.confidence,
        methods=tuple(_result(method, rates[method], terms) for method in Method),
    )


def _result(method: Method, rates: Sequence[Rates | None], terms: Terms) -> MethodResult:
    keeping = [each for each in rates if each is not None]
    wrong = [each.wrong for each in keeping]
    broken = sum(each > terms.max_wrong for each in wrong)
    low, high = wilson(broken, len(rates))
    return MethodResult(
        method=method,
        runs=len(rates),
        keeping=len(keeping),
        broken=broken,
        broken_low=low,
        broken_high=high,
        coverage_mean=float(np.mean([each.coverage if each else 0.0 for each in rates])),
        wrong_mean=float(np.mean(wrong)) if wrong else None,
        wrong_p95=percentile(wrong, 0.95) if wrong else None,
    )
