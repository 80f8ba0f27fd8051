"""Opinions by task and model: the last of each key, and none of them too loud."""

from __future__ import annotations

from typing import Any

import pytest

from router.feedback.reading import Given
from router.feedback.tally import MAX_PER_KEY, Said, tallied


def given(number: int, **said: Any) -> Given:
    whole: dict[str, Any] = {
        "id": str(number),
        "request_id": f"request-{number}",
        "given_at_s": float(number),
        "key_id": "key-1",
        "team": "claims",
        "task": "classification",
        "model": "small@1",
        "score": None,
        "label": None,
        "has_text": False,
    }
    return Given(**whole | said)


def test_scores_and_labels_count_by_task_and_model() -> None:
    said = tallied(
        [
            given(1, score=0.5),
            given(2, label="right"),
            given(3, label="wrong", model="large@1"),
            given(4, score=1.0, task="summary"),
        ]
    )
    assert said == (
        Said("classification", "large@1", 1, 0.0),
        Said("classification", "small@1", 2, 0.75),
        Said("summary", "small@1", 1, 1.0),
    )


def test_what_a_key_said_last_of_a_request_counts_and_a_comment_takes_nothing_back() -> None:
    same = {"request_id": "one"}
    said = tallied([given(1, score=0.0, **same), given(2, score=1.0, **same), given(3, **same)])
    assert said == (Said("classification", "small@1", 1, 1.0),)
    others = tallied([given(1, score=0.0, **same), given(2, score=1.0, key_id="key-2", **same)])
    assert others == (Said("classification", "small@1", 2, 0.5),)


@pytest.mark.parametrize(
    "nothing",
    [{"label": "off_brand"}, {"score": 1.0, "model": None}, {"score": 1.0, "task": None}],
    ids=["a word of the house", "nobody answered", "a task nobody knows"],
)
def test_what_says_nothing_of_a_model_at_a_task_is_not_counted(nothing: dict[str, Any]) -> None:
    assert tallied([given(1, **nothing)]) == ()


def test_one_key_is_not_everybody() -> None:
    loud = [given(number, score=0.0) for number in range(10 * MAX_PER_KEY)]
    quiet = [
        given(number, score=1.0, key_id=f"key-{number}")
        for number in range(1_000, 1_000 + MAX_PER_KEY)
    ]
    assert tallied([*loud, *quiet]) == (Said("classification", "small@1", 2 * MAX_PER_KEY, 0.5),)
