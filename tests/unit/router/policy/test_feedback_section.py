"""`feedback` in policy.yaml: how much is taken of a request, and of whom."""

from __future__ import annotations

from typing import Any

import pytest
from policy_tables import LABELS, model, policy, refused, rules_of

from router.feedback.feedback import FeedbackRules

MODELS = [model("home", on_prem=True, approved=LABELS)]
TIERS = {"private": ["home"]}
ROUTES = {label: {"private": ["private"], "any": ["private"]} for label in LABELS}


def written(**feedback: Any) -> dict[str, Any]:
    made: dict[str, Any] = policy(TIERS, ROUTES)
    return made | {"feedback": feedback}


@pytest.mark.parametrize(
    ("said", "per_request", "per_key"),
    [
        ({}, 100, 10),
        ({"max_per_request": 3}, 3, 3),
        ({"max_per_request": 30}, 30, 10),
        ({"max_per_request": 30, "max_per_key": 30}, 30, 30),
        ({"max_per_key": 1}, 100, 1),
    ],
    ids=["nothing", "few", "some", "no bound of its own", "once"],
)
def test_one_key_fills_no_request_unless_somebody_says_so(
    said: dict[str, Any], per_request: int, per_key: int
) -> None:
    assert rules_of(MODELS, written(**said)).policy.feedback == FeedbackRules(
        max_per_request=per_request, max_per_key=per_key
    )


def test_more_of_one_key_than_of_all_is_a_contradiction() -> None:
    error = str(refused(MODELS, written(max_per_request=2, max_per_key=3)))
    assert "more of one key than of all together" in error
    assert "lower `max_per_key`" in error
