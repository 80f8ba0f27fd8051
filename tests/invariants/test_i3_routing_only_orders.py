"""What routing knows of a request, of models and of a conversation orders, and permits nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bodies import CHAT, HARMLESS, RESTRICTED, chat
from tests.stack import Stack

Documents = Callable[[dict[str, Any], dict[str, Any]], None]

MEANS = {"private": 0.5, "fast": 0.6, "openai": 0.7, "anthropic": 0.9}


@pytest.fixture
def evaluated(tmp_path: Path) -> Documents:
    """Every model was evaluated at summaries; the best is outside, and in no tier of `auto`."""

    def edit(models: dict[str, Any], policy: dict[str, Any]) -> None:
        models["schema"] = 2
        models["aliases"] = {name: {"champion": "1"} for name in models["aliases"]}
        models["providers"] = {
            name: {
                "legal_entity": name,
                "jurisdiction": "US",
                "countries_of_processing": ["US"],
                "terms": {"document": "https://provider.example/terms", "accepted_by": "a team"},
            }
            for name in ("openai", "anthropic")
        }
        for entry in models["models"]:
            entry |= {
                "owner": "a team",
                "licence": "proprietary",
                "lifecycle": {"state": "production", "since": "2026-01-01"},
                "next_review": "2027-01-01",
            }
            name = entry["id"].removesuffix("-model")
            if name in MEANS:
                entry["measured"] = {"quality": _record(tmp_path, entry["id"], MEANS[name])}
        policy["routing"]["weights"] = {"quality": 1.0, "cost": 0.0, "latency": 0.0}
        policy["routing"]["prefer"] = {"quality": 2.0}

    return edit


def _record(directory: Path, model_id: str, mean: float) -> dict[str, str]:
    figure = {"items": 200, "mean": mean, "low": mean - 0.05, "high": mean + 0.05}
    content = json.dumps(
        {
            "schema": 1,
            "kind": "quality",
            "model": {"key": f"{model_id}@1", "weights_digest": None},
            "quality": {"summary": figure},
        }
    ).encode()
    path = directory / f"{model_id}.json"
    path.write_bytes(content)
    return {"record": str(path), "sha256": hashlib.sha256(content).hexdigest()}


SUMMARY = {"x-ringfence-task": "summary"}


def test_the_best_for_the_task_answers_and_never_what_may_not(
    own_stack: Callable[..., Stack], evaluated: Documents
) -> None:
    stack = own_stack(edit=evaluated)
    answer = stack.post(CHAT, chat(), headers=SUMMARY)
    assert answer.headers["x-ringfence-model"] == "openai-model"
    reasons = answer.headers["x-ringfence-reasons"].split(",")
    assert {"task:summary", "task_by:declared", "rank:utility"} <= set(reasons)
    record = stack.record_of(answer)
    assert record["task"] == "summary"
    assert record["task_basis"] == "declared"
    preferred = SUMMARY | {"x-ringfence-prefer": "quality"}
    sensitive = stack.post(CHAT, chat(RESTRICTED), headers=preferred)
    assert sensitive.headers["x-ringfence-model"] == "private-model"
    for provider in ("openai", "anthropic"):
        assert not any(b"123-45-6789" in sent.body for sent in stack.arrived(provider))


def test_a_conversation_keeps_its_model_until_it_may_not_go_on_there(
    own_stack: Callable[..., Stack], evaluated: Documents
) -> None:
    stack = own_stack(edit=evaluated)
    first = stack.post(CHAT, chat(model="fast"), headers=SUMMARY)
    assert first.headers["x-ringfence-model"] == "fast-model"
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    looping = [
        {"role": "user", "content": HARMLESS},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "42"},
    ]
    # By its quality another one would answer: the conversation is in a tool loop, and stays.
    loop = stack.post(CHAT, {"model": "auto", "messages": looping}, headers=SUMMARY)
    assert loop.headers["x-ringfence-model"] == "fast-model"
    assert "kept:tool_loop" in loop.headers["x-ringfence-reasons"]
    after = [*looping, {"role": "assistant", "content": "42"}, {"role": "user", "content": "And?"}]
    moved = stack.post(CHAT, {"model": "auto", "messages": after}, headers=SUMMARY)
    assert moved.headers["x-ringfence-model"] == "openai-model"
    assert "moved:gain" in moved.headers["x-ringfence-reasons"]
    risen = [*after, {"role": "assistant", "content": "-"}, {"role": "user", "content": RESTRICTED}]
    stays = stack.post(CHAT, {"model": "auto", "messages": risen}, headers=SUMMARY)
    assert stays.headers["x-ringfence-model"] == "private-model"


def test_another_team_has_a_conversation_of_its_own(
    own_stack: Callable[..., Stack], evaluated: Documents
) -> None:
    stack = own_stack(edit=evaluated)
    stack.post(CHAT, chat(model="fast"), headers=SUMMARY)
    gone_on = chat()
    gone_on["messages"] += [{"role": "assistant", "content": "-"}, {"role": "user", "content": "?"}]
    theirs = stack.post(CHAT, gone_on, key=stack.known_key(team="payments"), headers=SUMMARY)
    assert "kept:" not in theirs.headers["x-ringfence-reasons"]
    assert "moved:" not in theirs.headers["x-ringfence-reasons"]


def test_nothing_of_what_was_said_is_remembered(own_stack: Callable[..., Stack]) -> None:
    stack = own_stack()
    stack.post(CHAT, chat("zq-canary-7 asks"))
    (row,) = stack.rows("SELECT key, model, escalated FROM conversations")
    assert len(row[0]) == 16
    assert b"zq-canary-7" not in bytes(row[0])


def test_whoever_asks_why_sees_what_was_expected(
    own_stack: Callable[..., Stack], evaluated: Documents
) -> None:
    stack = own_stack(edit=evaluated)
    shown = stack.post("/v1/route", chat(), headers=SUMMARY).json()
    expected = {each["model"]: each["expected"] for each in shown["models"]}
    assert expected["openai-model@1"]["quality"] == 0.7
    assert expected["openai-model@1"]["utility"] == pytest.approx(0.7)
    assert expected["anthropic-model@1"] is None
    assert not stack.rows("SELECT key FROM conversations")


def test_a_wrong_header_is_refused_with_what_it_takes(own_stack: Callable[..., Stack]) -> None:
    stack = own_stack()
    answer = stack.post(CHAT, chat(), headers={"x-ringfence-task": "zq-canary-8"})
    assert answer.status_code == 400
    assert "classification" in answer.json()["error"]["message"]
    assert "zq-canary-8" not in answer.text
