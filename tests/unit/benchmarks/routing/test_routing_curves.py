"""What a router is worth: nothing for a blind mix, all of it for one that knows the outcomes."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.routing.curves import (
    Curves,
    frame,
    hull_of,
    routed,
    settings_of,
    share_of_oracle_gain,
)
from benchmarks.routing.gap import apgr
from benchmarks.routing.generated import generated_set
from benchmarks.routing.resample import interval, weights_of


def ones(n: int) -> np.ndarray:
    return np.ones((1, n))


def test_the_hull_has_only_models_that_no_mix_of_others_beats() -> None:
    cost_usd = np.array([1.0, 2.0, 3.0, 4.0, 2.5])
    quality = np.array([0.2, 0.6, 0.65, 0.8, 0.1])
    assert hull_of(cost_usd, quality).tolist() == [0, 1, 3]


def test_a_dearer_model_that_is_no_better_is_not_on_the_hull() -> None:
    assert hull_of(np.array([1.0, 2.0]), np.array([0.5, 0.5])).tolist() == [0]


def test_whoever_knows_the_outcomes_has_the_whole_share() -> None:
    outcomes = generated_set(400)
    against = frame(outcomes, ones(outcomes.n))
    knowing = routed(settings_of(outcomes.quality, outcomes.cost_usd), outcomes, ones(outcomes.n))
    assert share_of_oracle_gain(knowing, against)[0] == pytest.approx(1.0)


def test_a_blind_mix_along_the_hull_has_no_share() -> None:
    outcomes = generated_set(400)
    against = frame(outcomes, ones(outcomes.n))
    blind = Curves(against.costs, against.hull)
    assert share_of_oracle_gain(blind, against)[0] == pytest.approx(0.0, abs=1e-9)


def test_one_that_sends_what_is_easy_to_the_dear_model_is_worse_than_blind() -> None:
    outcomes = generated_set(400)
    against = frame(outcomes, ones(outcomes.n))
    upside_down = routed(
        settings_of(1 - outcomes.quality, outcomes.cost_usd), outcomes, ones(outcomes.n)
    )
    assert share_of_oracle_gain(upside_down, against)[0] < 0


def test_with_nothing_to_tell_questions_apart_the_gap_is_recovered_as_by_chance() -> None:
    weak, strong = np.array([0.0, 1, 0, 0]), np.array([1.0, 1, 0, 1])
    assert apgr(np.zeros(4), weak, strong, ones(4))[0] == pytest.approx(0.5)


def test_questions_that_gain_first_recover_more_and_last_less() -> None:
    weak, strong = np.array([0.0, 1, 0, 1]), np.array([1.0, 1, 1, 1])
    gain = strong - weak
    assert apgr(gain, weak, strong, ones(4))[0] == pytest.approx(0.75)
    assert apgr(-gain, weak, strong, ones(4))[0] == pytest.approx(0.25)


def test_a_question_that_counts_twice_is_as_two() -> None:
    rng = np.random.default_rng(0)
    weak, strong, gain = rng.random(20), rng.random(20) + 0.5, rng.random(20)
    weights = rng.integers(1, 4, 20)
    repeated = np.repeat(np.arange(20), weights)
    told = apgr(gain, weak, strong, weights[None].astype(float))
    written_out = apgr(gain[repeated], weak[repeated], strong[repeated], ones(len(repeated)))
    assert told == pytest.approx(written_out)


def test_resamples_draw_whole_groups() -> None:
    groups = np.array([0, 0, 1, 2, 2, 2])
    weights = weights_of(groups, resamples=50, seed=1)
    assert (weights[0] == 1).all()
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 5]).all()


def test_the_interval_holds_the_middle_95_percent_of_the_resamples() -> None:
    found = interval(np.array([50.0, *range(101)]))
    assert (found.value, found.low, found.high) == pytest.approx((50.0, 2.5, 97.5))
