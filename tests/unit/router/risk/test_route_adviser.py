"""A cascade is recommended where it is shown to pay, and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from router.domain import Price, Tier
from router.risk.advice import Advice, Candidate, Question, Verdict
from router.risk.adviser import advise
from router.risk.learn_then_test import Terms
from router.risk.outcomes import Asked
from router.task import Task
from tests.unit.router.risk.risk_cases import CHEAP, CHEAP_PRICE, STRONG, STRONG_PRICE, spec

ITEMS = 1_500


def candidate(strong_price: Price = STRONG_PRICE) -> Candidate:
    return Candidate(Tier.FAST, Tier.BALANCED, spec(CHEAP, CHEAP_PRICE), spec(STRONG, strong_price))


def question(**changes: Any) -> Question:
    fields: dict[str, Any] = {"signal": "judge", "terms": Terms(0.10)}
    return Question(**fields | changes)


def answers(
    *, tells: float = 1.0, strong_right: float = 0.95, items: int = ITEMS
) -> dict[str, dict[str, Asked]]:
    """The cheap model is right in half of all cases; its signal knows which where `tells` is 1."""
    generator = np.random.default_rng(1)
    are_right = generator.random(items) < 0.5
    noise = generator.random(items)
    signals = tells * are_right + (1 - tells) * noise
    strong = generator.random(items) < strong_right
    return {
        CHEAP: {
            f"suite/{index}": asked(index, bool(is_right), judge=float(signal))
            for index, (is_right, signal) in enumerate(zip(are_right, signals, strict=True))
        },
        STRONG: {f"suite/{index}": asked(index, bool(each)) for index, each in enumerate(strong)},
    }


def asked(index: int, is_right: bool, **signals: float) -> Asked:
    return Asked("suite", str(index), Task.CODE, float(is_right), 100, 100, signals)


def verdict(asked_of: dict[str, dict[str, Asked]], **changes: Any) -> Advice:
    return advise(candidate(), asked_of, question(**changes))


def test_where_the_signal_tells_and_the_price_ratio_is_large_it_is_recommended() -> None:
    advice = verdict(answers(tells=0.6))
    assert advice.verdict is Verdict.CASCADE
    figures = advice.figures
    assert figures is not None
    assert figures.price_ratio == pytest.approx(40)
    assert figures.over_mix.low > 0
    assert figures.cascade.cost_usd.value < figures.strong.cost_usd.value
    assert figures.mix.cost_usd == figures.cascade.cost_usd
    for _, point in figures.ways:
        assert point.quality.low <= point.quality.value <= point.quality.high
    assert figures.auroc is not None
    assert figures.auroc.low > 0.9


def test_where_the_price_ratio_is_small_it_is_not() -> None:
    asked_of = answers(tells=0.45)
    dear = advise(candidate(Price(0.13, 0.13)), asked_of, question())
    assert dear.verdict in {Verdict.LOSES_TO_MIX, Verdict.LOSES_TO_STRONG, Verdict.NOT_SHOWN}
    assert dear.why.startswith("no cascade")


def test_where_the_signal_draws_lots_it_is_not() -> None:
    advice = verdict(answers(tells=0.0))
    assert advice.verdict in {Verdict.LOSES_TO_MIX, Verdict.NOT_SHOWN, Verdict.LOSES_TO_STRONG}


def test_where_the_strong_model_is_no_better_the_cheap_one_answers_all() -> None:
    advice = verdict(answers(strong_right=0.5))
    assert advice.verdict is Verdict.STRONG_NOT_BETTER
    assert f"always {CHEAP}" in advice.why


def test_where_nothing_can_be_certified_it_says_so() -> None:
    advice = verdict(answers(tells=0.4), terms=Terms(0.0005))
    assert advice.verdict is Verdict.TOO_LITTLE_DATA
    noisy = verdict(answers(tells=0.35), terms=Terms(0.01))
    assert noisy.verdict is Verdict.NOT_CERTIFIED
    assert "nothing can be certified" in noisy.why


def test_too_little_data_is_said_and_not_guessed_from() -> None:
    advice = verdict(answers(items=20))
    assert advice.verdict is Verdict.TOO_LITTLE_DATA
    assert advice.figures is None


def test_without_records_it_says_which_are_missing() -> None:
    advice = advise(candidate(), {CHEAP: answers()[CHEAP]}, question())
    assert advice.verdict is Verdict.NO_RECORDS
    assert STRONG in advice.why
    assert CHEAP not in advice.why


def test_without_a_signal_nothing_is_kept() -> None:
    assert verdict(answers(), signal="mean_logprob").verdict is Verdict.NO_SIGNAL


def test_of_another_task_there_is_no_data() -> None:
    assert verdict(answers(), task=Task.MATHS).verdict is Verdict.TOO_LITTLE_DATA


def test_the_threshold_of_a_certificate_is_judged_as_it_is() -> None:
    advice = verdict(answers(tells=0.6), thresholds={(CHEAP, STRONG): 0.7})
    assert advice.figures is not None
    assert advice.figures.threshold == 0.7
    assert advice.figures.items == ITEMS


def test_the_same_records_make_the_same_advice() -> None:
    assert verdict(answers(tells=0.6)) == verdict(answers(tells=0.6))


def test_a_registry_alone_says_the_price_ratio() -> None:
    assert candidate().listed_price_ratio == pytest.approx(40)
