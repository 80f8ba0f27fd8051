"""A signal becomes the probability of being right, and a surer one is never less probable."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from router.risk.calibration import Calibration, isotonic

signals = st.floats(-1e6, 1e6)
labelled = st.lists(st.tuples(signals, st.booleans()), min_size=1, max_size=80)


@given(labelled, st.lists(signals, max_size=20))
def test_it_never_falls_and_is_a_probability(
    labels: list[tuple[float, bool]], asked: list[float]
) -> None:
    calibration = isotonic(labels)
    found = [calibration.probability(signal) for signal in sorted(asked)]
    assert all(low <= high for low, high in pairwise(found))
    assert all(0 <= each <= 1 for each in found)


@given(labelled)
def test_nothing_is_certain(labels: list[tuple[float, bool]]) -> None:
    calibration = isotonic(labels)
    assert all(0 < each < 1 for each in calibration.probabilities)


def test_it_is_the_fit_of_least_squares() -> None:
    generator = np.random.default_rng(3)
    points = np.sort(generator.random(300))
    are_right = generator.random(300) < points
    ours = isotonic(list(zip(points.tolist(), are_right.tolist(), strict=True)))
    # With the two labels that nobody gave, at the ends.
    padded = np.concatenate(([points[0]], points, [points[-1]]))
    labels = np.concatenate(([1.0], are_right.astype(float), [0.0]))
    weights = np.array([np.sum(padded == point) for point in points], dtype=float)
    means = np.array([labels[padded == point].mean() for point in points])
    fitted = isotonic_regression(means, weights=weights).x
    assert sorted(set(np.round(fitted, 12))) == pytest.approx(
        sorted(set(np.round(ours.probabilities, 12)))
    )


def test_it_comes_near_to_what_is_true() -> None:
    generator = np.random.default_rng(1)
    points = generator.random(5_000)
    are_right = generator.random(5_000) < points
    calibration = isotonic(list(zip(points.tolist(), are_right.tolist(), strict=True)))
    for probability in (0.2, 0.5, 0.8):
        assert calibration.probability(probability) == pytest.approx(probability, abs=0.08)


def test_what_is_not_a_number_is_not_right() -> None:
    assert isotonic([(1.0, True)]).probability(float("nan")) == 0.0


def test_beyond_the_ends_it_stays_what_it_is_there() -> None:
    calibration = Calibration((0.0, 1.0), (0.25, 0.75))
    asked = (float("-inf"), 0.0, 0.5, 1.0, float("inf"))
    assert [calibration.probability(each) for each in asked] == [0.25, 0.25, 0.5, 0.75, 0.75]


@pytest.mark.parametrize(
    ("at", "probabilities"),
    [
        ((), ()),
        ((0.0,), (0.1, 0.2)),
        ((1.0, 0.0), (0.1, 0.2)),
        ((0.0, 0.0), (0.1, 0.2)),
        ((0.0, 1.0), (0.2, 0.1)),
        ((0.0,), (1.1,)),
        ((0.0,), (-0.1,)),
        ((float("nan"),), (0.1,)),
        ((0.0,), (float("nan"),)),
    ],
)
def test_points_that_are_no_calibration_are_refused(
    at: tuple[float, ...], probabilities: tuple[float, ...]
) -> None:
    with pytest.raises(ValueError):
        Calibration(at, probabilities)


@pytest.mark.parametrize("labels", [[], [(float("nan"), True)], [(float("inf"), True)]])
def test_nothing_is_calibrated_by_what_is_no_label(labels: list[tuple[float, bool]]) -> None:
    with pytest.raises(ValueError):
        isotonic(labels)
