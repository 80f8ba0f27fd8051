"""Feedback shifts the lookup by what differs between models, and by no more than half of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.routing.opinions import FEWEST, opinions_of, shift_of
from router.feedback.tally import Said

TASKS = ("classification", "summary")
MODELS = ("large@1", "small@1")
MEASURED = np.array([[1.0, 0.0], [1.0, 1.0]] * 50)
"""Of 100 items: 1.0 of the large model, .5 of the small one."""
OF_TASK = np.zeros(100, np.int64)

_SHARE = st.floats(0, 1)
_COUNT = st.integers(FEWEST, 10_000)


def shift(*said: Said) -> np.ndarray:
    return shift_of(opinions_of(said, TASKS, MODELS), OF_TASK, MEASURED)


def test_the_model_that_is_liked_better_than_its_figure_goes_up_and_the_other_down() -> None:
    found = shift(
        Said("classification", "large@1", 100, 0.8), Said("classification", "small@1", 100, 0.8)
    )
    # Said is no difference, measured .5: what is half said and half measured is .25.
    assert found[0] == pytest.approx([-0.125, 0.125])
    assert not found[1:].any(), "of other tasks, and of none that is known, nothing was said"


@pytest.mark.parametrize(
    "said",
    [
        (Said("classification", "small@1", 500, 1.0),),
        (
            Said("classification", "small@1", 500, 1.0),
            Said("classification", "large@1", FEWEST - 1, 0.0),
        ),
        (Said("classification", "small@1", 500, 1.0), Said("summary", "large@1", 500, 0.0)),
        (Said("classification", "small@1", 500, 1.0), Said("classification", "other@1", 500, 0.0)),
        (Said("summary", "small@1", 500, 1.0), Said("summary", "large@1", 500, 0.0)),
    ],
    ids=["one model", "too few of the other", "another task", "an unknown model", "no items"],
)
def test_without_two_models_at_one_task_there_is_no_difference(said: tuple[Said, ...]) -> None:
    assert not shift(*said).any()


@given(_COUNT, _SHARE, _COUNT, _SHARE, st.floats(-1, 1))
def test_how_content_people_are_on_the_whole_says_nothing(
    large: int, of_large: float, small: int, of_small: float, more: float
) -> None:
    first = Said("classification", "large@1", large, of_large)
    second = Said("classification", "small@1", small, of_small)
    found = shift(first, second)
    moved = shift(
        Said(first.task, first.model, large, of_large + more),
        Said(second.task, second.model, small, of_small + more),
    )
    assert moved == pytest.approx(found, abs=1e-9)
    # The two differ by .5 in what was measured, and by this much in what was said.
    said = abs((of_large - of_small) - 0.5)
    assert abs(found[0, 0] - found[0, 1]) <= said / 2 + 1e-9
