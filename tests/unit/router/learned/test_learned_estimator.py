"""The estimator learns from texts what the task does not tell, and from noise nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from learned_cases import TASKS, WordEncoder, examples, fitted

from router.learned.cheap import NAMES, cheap_features
from router.learned.estimator import fit_estimator
from router.learned.examples import Inputs
from router.learned.inputs import one_input
from router.learned.lookup import fit_lookup
from router.learned.ridge import fit_ridge


def asked(text: str, task: int) -> Inputs:
    return one_input(WordEncoder().embed(text), text, task)


def test_hard_texts_of_a_task_are_told_from_easy_ones() -> None:
    estimator = fitted()
    easy = estimator.predict(asked("please apples coins shop today", 0))[0]
    hard = estimator.predict(asked("please eigenvalue tensor manifold today", 0))[0]
    assert easy[0] > 0.8 > 0.2 > hard[0]
    assert min(easy[1], hard[1]) > 0.8


def test_where_texts_say_nothing_the_lookup_is_left() -> None:
    inputs, _, _ = examples()
    noise = np.random.default_rng(0).random((len(inputs), 3)).round().astype(np.float32)
    estimator = fit_estimator(inputs, noise, len(TASKS), seed=1).estimator
    lookup = fit_lookup(inputs.tasks, noise, len(TASKS))
    assert np.abs(estimator.predict(inputs) - lookup.predict(inputs.tasks)).mean() < 0.05


def test_quality_is_a_share_whatever_is_asked() -> None:
    estimator = fitted()
    for text in ("", "x" * 10_000, "apples " * 500):
        told = estimator.predict(asked(text, -1))
        assert ((told >= 0) & (told <= 1)).all()


def test_the_same_seed_makes_the_same_router() -> None:
    inputs, scores, _ = examples()
    again = fit_estimator(inputs, scores, len(TASKS), seed=1).estimator
    assert np.array_equal(again.weights, fitted().weights)


def test_what_is_unlike_all_that_was_learned_is_far() -> None:
    estimator = fitted()
    assert not estimator.is_far(asked("please apples coins shop now", 0))
    assert estimator.is_far(asked("zebra xylophone quark", 0))


def test_a_task_of_few_questions_is_taken_for_the_mean_of_all() -> None:
    rng = np.random.default_rng(5)
    tasks = np.array([0] * 500 + [1] * 500 + [2], np.int64)
    scores = (rng.random((1_001, 1)) < np.where(tasks == 0, 0.6, 0.5)[:, None]).astype(np.float32)
    scores[-1] = 0
    lookup = fit_lookup(tasks, scores, 4)
    assert lookup.quality[2, 0] > 0.45
    assert lookup.quality[3, 0] == pytest.approx(scores.mean(), abs=1e-5)
    assert lookup.predict(np.array([-1]))[0, 0] == pytest.approx(scores.mean(), abs=1e-5)
    assert lookup.quality[0, 0] > lookup.quality[1, 0]


def test_left_out_predictions_are_those_of_a_fit_without_the_row() -> None:
    rng = np.random.default_rng(2)
    features, targets = rng.standard_normal((40, 3)), rng.standard_normal((40, 1))
    ridge = fit_ridge(features, targets)
    (penalty,) = ridge.penalties
    kept = np.arange(40) != 7
    gram = features[kept].T @ features[kept] + penalty * np.eye(3)
    without = features[7] @ np.linalg.solve(gram, features[kept].T @ targets[kept])
    assert ridge.left_out[7, 0] == pytest.approx(float(without[0]) * ridge.trust[0])


@given(st.text(max_size=300))
def test_any_text_has_features_and_all_are_finite(text: str) -> None:
    found = cheap_features(text)
    assert found.shape == (len(NAMES),)
    assert np.isfinite(found).all()
