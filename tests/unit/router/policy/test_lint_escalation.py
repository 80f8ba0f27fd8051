"""A pair that is never tried is said to be, and one that soon will not be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from policy_tables import LABELS, model, policy, rules_of

from router.policy.lint import lint
from router.risk.certificate import Certificate
from tests.cascading import certificate, reference

NOW_S = 1_795_305_600.0  # 2026-11-22
TODAY = datetime.fromtimestamp(NOW_S, UTC).date()
MODELS = [
    model("home", on_prem=True, approved=LABELS),
    model("desk", on_prem=True, approved=LABELS, capabilities=["chat", "logprobs"]),
    model("mute", on_prem=True, approved=LABELS),
    model("cloud", on_prem=False, approved=["public", "internal"]),
]


def findings(directory: Path, made: Certificate | None) -> list[str]:
    open_route = {"auto": ["balanced", "fast", "private"], "any": ["private"]}
    closed: dict[str, list[str]] = {"any": ["private"]}
    written: dict[str, Any] = policy(
        {"private": ["home"], "fast": ["desk", "mute"], "balanced": ["cloud"]},
        dict.fromkeys(LABELS[:2], open_route) | dict.fromkeys(LABELS[2:], closed),
    )
    pair: dict[str, Any] = {"from": "fast", "to": "balanced"}
    if made is not None:
        pair["certificate"] = reference(directory, made)
    problems = lint(rules_of(MODELS, written | {"escalation": [pair]}), NOW_S)
    return [each.problem for each in problems if "fast before balanced" in each.problem]


def certified(days: int, **more: Any) -> Certificate:
    """One that expires in so many days."""
    made_on = TODAY + timedelta(days=days - 90)
    return certificate(**{"cheap": "desk@1", "strong": "cloud@1", "made_on": made_on} | more)


def test_a_certificate_that_holds_for_long_is_not_worth_a_word(tmp_path: Path) -> None:
    assert findings(tmp_path, certified(60)) == []


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (None, "no certificate"),
        (certified(60, cheap="cloud@1", strong="desk@1"), "is about cloud@1 and desk@1"),
        (certified(60, cheap="gone@1"), "is about gone@1"),
        (certified(60, cheap="mute@1"), "mute@1 tells no log-probabilities"),
        (certified(-1), "expired on 2026-11-21"),
        (certified(13), "expires on 2026-12-05"),
    ],
    ids=["none", "the other way round", "no such model", "no logprobs", "expired", "soon"],
)
def test_one_that_does_not_is(tmp_path: Path, made: Certificate | None, said: str) -> None:
    (finding,) = findings(tmp_path, made)
    assert said in finding
