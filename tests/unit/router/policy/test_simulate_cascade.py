"""A simulation counts with how many requests a cheaper model is tried first, and of which tasks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from policy_tables import LABELS, model, policy, rules_of

from router.domain import DataClass
from router.policy.kinds import Kind
from router.policy.policy import Rules
from router.policy.simulate import Simulation, simulate
from router.policy.traffic import Made, of_lines
from router.task import Features, Task
from tests.cascading import certificate, reference

TODAY = datetime.now(UTC).date()
ABLE = ["chat", "tools", "multiple_choices"]
MODELS = [
    model("home", on_prem=True, approved=LABELS),
    model("desk", on_prem=True, approved=LABELS, capabilities=[*ABLE, "logprobs"]),
    model("cloud", on_prem=False, approved=LABELS[:2], capabilities=ABLE),
]
TRIED = "cascade:fast>balanced"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


def rules(directory: Path, *pairs: dict[str, Any]) -> Rules:
    open_route = {"auto": ["balanced", "fast", "private"], "any": ["private"]}
    closed = {"any": ["private"]}
    written: dict[str, Any] = policy(
        {"private": ["home"], "fast": ["desk"], "balanced": ["cloud"]},
        dict.fromkeys(LABELS[:2], open_route) | dict.fromkeys(LABELS[2:], closed),
    )
    made = reference(directory, certificate(cheap="desk@1", strong="cloud@1"))
    said = [{"from": "fast", "to": "balanced", "certificate": made} | pair for pair in pairs]
    return rules_of(MODELS, written | {"escalation": said})


@pytest.fixture(scope="module")
def summaries(directory: Path) -> Rules:
    """A cheaper model is tried first with summaries."""
    return rules(directory, {"tasks": ["summary"]})


def made(task: Task = Task.SUMMARY, **changes: Any) -> Made:
    features = Features(task=task, **changes.pop("features", {}))
    kind = Kind(DataClass.INTERNAL, "auto", team="team", purpose="general")
    return replace(Made(kind, 1_000, 100, features=features), **changes)


def codes(result: Simulation) -> list[tuple[str, int, int]]:
    return list(result.cascades.codes)


def test_what_is_tried_before_and_after_is_counted_by_code_and_task(
    directory: Path, summaries: Rules
) -> None:
    requests = [made(), made(), made(Task.CODE)]
    result = simulate(requests, summaries, TODAY, against=rules(directory, {"tasks": ["code"]}))
    assert codes(result) == [("none", 2, 1), (TRIED, 1, 2)]
    shown = result.as_json()
    assert shown["tasks"] == [
        {"task": "summary", "requests": 2, "moved": 0, "tried_before": 0, "tried_after": 2},
        {"task": "code", "requests": 1, "moved": 0, "tried_before": 1, "tried_after": 0},
    ]
    assert shown["moved"] == 0


def test_what_nothing_is_compared_with_has_no_before(summaries: Rules) -> None:
    shown = simulate([made()], summaries, TODAY).as_json()
    assert shown["cascades"] == [{"code": TRIED, "before": None, "after": 1}]
    (of_task,) = shown["tasks"]  # type: ignore[misc, union-attr]
    assert (of_task["tried_before"], of_task["moved"]) == (None, None)  # type: ignore[index, call-overload]


def test_what_happened_is_what_was_recorded(summaries: Rules) -> None:
    recorded = made(planned="cloud@1", cost_nano_usd=1, cascade="cascade:uncertified")
    assert codes(simulate([recorded], summaries, TODAY)) == [
        ("cascade:uncertified", 1, 0),
        (TRIED, 0, 1),
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"stream": True}, "cascade:stream"),
        ({"stream": True, "may_cascade": True}, TRIED),
        ({"may_cascade": False}, "cascade:declined"),
        ({"choices": 2}, "cascade:several_choices"),
        ({"features": {"has_tools": True}}, "cascade:tools"),
        ({"features": {"in_tool_loop": True}}, "cascade:tool_loop"),
        ({"features": {"escalated_before": True}}, "cascade:escalated_before"),
        ({"features": {"conversation_model": "cloud@1"}}, "cascade:conversation"),
        ({"features": {"conversation_model": "desk@1"}}, TRIED),
    ],
    ids=str,
)
def test_a_request_is_judged_by_what_is_known_of_it(
    summaries: Rules, changes: dict[str, Any], code: str
) -> None:
    assert codes(simulate([made(**changes)], summaries, TODAY)) == [(code, 0, 1)]


def test_a_request_that_nobody_may_answer_is_tried_with_nobody(summaries: Rules) -> None:
    gone = replace(made(), kind=replace(made().kind, choice="gone@1"))
    assert codes(simulate([gone], summaries, TODAY)) == [("none", 0, 1)]


def test_a_line_of_a_file_says_what_a_cascade_depends_on(summaries: Rules) -> None:
    line = '{"class": "internal", "team": "team", "task": "summary", "stream": true, %s}'
    asked = [line % '"cascade": "allow"', line % '"cascade": "never"', line % '"tools": true']
    result = simulate(of_lines(asked, "requests.jsonl"), summaries, TODAY)
    assert {code for code, _, _ in codes(result)} == {TRIED, "cascade:declined", "cascade:tools"}
