"""What is nearly the same question is in one fold, so that nobody is asked what they learned."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.routing.folds import SAME, folds_of, groups_of


def far_apart(n: int) -> np.ndarray:
    return np.eye(n, dtype=np.float32)


def test_other_numbers_make_no_other_question() -> None:
    stems = ("A train takes 3 hours.", "a train takes 40 hours", "Why is the sky blue?")
    first, second, third = groups_of(stems, far_apart(3))
    assert first == second != third


def test_nearly_the_same_embedding_makes_one_question_of_two() -> None:
    vectors = np.array([[1, 0], [0.999, 0.0447], [0, 1]], np.float32)
    first, second, third = groups_of(("one", "two", "three"), vectors)
    assert first == second != third


def test_what_is_like_either_of_two_joins_them() -> None:
    angles = np.array([0.0, 0.15, 0.3])
    vectors = np.stack((np.cos(angles), np.sin(angles)), axis=1).astype(np.float32)
    assert vectors[0] @ vectors[2] < SAME
    assert len(set(groups_of(("one", "two", "three"), vectors).tolist())) == 1


@given(st.lists(st.integers(0, 30), min_size=5, max_size=200), st.integers(0, 5))
def test_a_group_is_in_one_fold_and_folds_are_of_like_size(groups: list[int], seed: int) -> None:
    named = np.array(groups, np.int64)
    folds = folds_of(named, 4, seed)
    for group in set(groups):
        assert len(set(folds[named == group].tolist())) == 1
    sizes = np.bincount(folds, minlength=4)
    largest = max(np.bincount(named))
    assert sizes.max() - sizes.min() <= largest
