"""Whoever asks why is told whether a cheaper model is tried first, and else why it is not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from policy_tables import LABELS, classified, model, policy, principal, request, rules_of

from router.domain import DataClass, InferenceRequest, JsonObject
from router.escalation.codes import WORDS
from router.escalation.plan import plan_cascade
from router.policy.decide import decide
from router.policy.explain import explain
from router.policy.policy import Rules
from tests.cascading import certificate, reference

TODAY = datetime.now(UTC).date()
MODELS = [
    model("home", on_prem=True, approved=LABELS),
    model("desk", on_prem=True, approved=LABELS, capabilities=["chat", "logprobs"]),
    model("cloud", on_prem=False, approved=["public", "internal"]),
]
MADE = certificate(cheap="desk@1", strong="cloud@1")


def rules(directory: Path, **pair: Any) -> Rules:
    open_route = {"auto": ["balanced", "fast", "private"], "any": ["private"]}
    closed = {"any": ["private"]}
    written: dict[str, Any] = policy(
        {"private": ["home"], "fast": ["desk"], "balanced": ["cloud"]},
        dict.fromkeys(LABELS[:2], open_route) | dict.fromkeys(LABELS[2:], closed),
    )
    said = {"from": "fast", "to": "balanced", "certificate": reference(directory, MADE)}
    return rules_of(MODELS, written | {"escalation": [said | pair]})


def explained(rules: Rules, asked: InferenceRequest, *labels: str) -> JsonObject:
    found = classified(DataClass.INTERNAL if not labels else DataClass.from_label(labels[0]))
    decision = decide(asked, found, principal(), rules)
    cascading, code = plan_cascade(asked, decision, principal(), rules, TODAY)
    reasons = decision.reasons if code is None else (*decision.reasons, code)
    shown = explain(
        replace(decision, reasons=reasons), found, rules, cascading, stream=asked.stream
    )
    assert json.loads(json.dumps(shown)) == shown
    return shown


def test_what_is_tried_first_is_said_with_its_certificate(tmp_path: Path) -> None:
    shown = explained(rules(tmp_path, judge="home", second_sample=True), request())
    assert shown["plan"] == ["cloud@1", "desk@1", "home@1"]
    assert shown["cascade"] == {
        "tried": True,
        "code": "cascade:fast>balanced",
        "cheap": "desk@1",
        "strong": ["cloud@1"],
        "signal": "mean_logprob",
        "threshold": -1.0,
        "certificate": {
            "task": None,
            "of": "kept",
            "max_wrong": 0.05,
            "confidence": 0.95,
            "expires_on": MADE.expires_on.isoformat(),
        },
        "second_sample": True,
        "judge": "home@1",
        "hold_s": None,
        "on_timeout": None,
    }


def test_a_stream_says_for_how_long_it_may_be_held(tmp_path: Path) -> None:
    held = rules(tmp_path, streams={"hold_s": 1.5, "on_timeout": "release"})
    cascade = explained(held, replace(request(), stream=True))["cascade"]
    assert isinstance(cascade, dict)
    assert (cascade["hold_s"], cascade["on_timeout"]) == (1.5, "release")


@pytest.mark.parametrize(
    ("pair", "changes", "code"),
    [
        ({"certificate": None}, {}, "cascade:uncertified"),
        ({}, {"stream": True}, "cascade:stream"),
        ({}, {"cascade": False}, "cascade:declined"),
    ],
    ids=["no certificate", "a stream", "who declines"],
)
def test_what_is_not_tried_says_why(
    tmp_path: Path, pair: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    shown = explained(rules(tmp_path, **pair), replace(request(), **changes))
    assert shown["cascade"] == {"tried": False, "code": code, "why": WORDS[code]}
    assert isinstance(shown["reasons"], list)
    assert shown["reasons"][-1] == code


def test_where_no_pair_is_about_it_nothing_is_said(tmp_path: Path) -> None:
    assert explained(rules(tmp_path), request(), "restricted")["cascade"] is None


def test_what_routing_read_of_a_request_is_said(tmp_path: Path) -> None:
    shown = explained(rules(tmp_path), request())
    assert (shown["task"], shown["task_basis"]) == ("other", "unknown")
    assert isinstance(shown["features"], dict)
    assert set(shown["features"]) >= {"input_tokens", "language", "conversation_model"}
