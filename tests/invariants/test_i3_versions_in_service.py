"""Versions come and go inside what is permitted: a canary's share, a deprecated model's keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from router.registry.deprecation import DEPRECATION_HEADER
from tests.bodies import HARMLESS, chat
from tests.stack import Stack

Documents = Callable[[dict[str, Any], dict[str, Any]], None]


def of_schema_two(models: dict[str, Any]) -> None:
    models["schema"] = 2
    models["aliases"] = {name: {"champion": "1"} for name in models["aliases"]}
    for entry in models["models"]:
        entry |= {
            "owner": "a team",
            "licence": "proprietary",
            "lifecycle": {"state": "production", "since": "2026-01-01"},
            "next_review": "2027-01-01",
        }
    models["providers"] = {
        name: {
            "legal_entity": name,
            "jurisdiction": "US",
            "countries_of_processing": ["US"],
            "terms": {"document": "https://provider.example/terms", "accepted_by": "a team"},
        }
        for name in ("openai", "anthropic")
    }


def fast_since(day: str) -> Documents:
    def edit(models: dict[str, Any], policy: dict[str, Any]) -> None:
        of_schema_two(models)
        models["models"][1]["lifecycle"] = {"state": "deprecated", "since": day}
        policy["routes"]["confidential"] = {"any": ["fast"], "private": ["private"]}

    return edit


def with_canary_elsewhere(models: dict[str, Any], _policy: dict[str, Any]) -> None:
    """The canary of `fast-model` is asked at another server of ours than its champion."""
    of_schema_two(models)
    private, fast = models["models"][:2]
    lifecycle = {"state": "canary", "since": "2026-01-01", "canary_share": 0.5}
    backend = fast["backend"] | {"base_url": private["backend"]["base_url"]}
    models["models"].append(fast | {"version": "2", "lifecycle": lifecycle, "backend": backend})
    models["aliases"]["fast-model"]["candidate"] = "2"


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_of_a_deprecated_model_says_so(
    own_stack: Callable[..., Stack], stream: bool
) -> None:
    stack = own_stack(edit=fast_since("2999-01-01"))
    answer = stack.post("/v1/chat/completions", chat(HARMLESS, "fast-model", stream=stream))
    assert answer.status_code == 200
    assert answer.headers[DEPRECATION_HEADER] == "fast-model@1 since 2999-01-01"
    other = stack.post("/v1/chat/completions", chat(HARMLESS, "private-model", stream=stream))
    assert other.status_code == 200
    assert DEPRECATION_HEADER not in other.headers


def test_a_deprecated_model_answers_no_key_that_was_made_since(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack(edit=fast_since("2026-01-01"))
    confidential = {"x-ringfence-data-class": "confidential"}
    refused = stack.post("/v1/chat/completions", chat(HARMLESS, "fast"), headers=confidential)
    assert refused.status_code == 403
    assert "deprecated" in refused.json()["error"]["message"]
    assert DEPRECATION_HEADER not in refused.headers
    assert stack.arrived("fast") == []


def test_a_canary_takes_its_share_and_one_that_fails_leaves_it_to_its_champion(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack(edit=with_canary_elsewhere)
    stack.providers["private"].stop()
    seen = set[bool]()
    for _ in range(64):  # each is drawn with one chance in two
        answer = stack.post("/v1/chat/completions", chat(HARMLESS, "fast-model"))
        assert answer.status_code == 200
        assert answer.headers["x-ringfence-version"] == "1"
        drawn = "canary:fast-model@2" in answer.headers["x-ringfence-reasons"]
        assert ("fast-model@2" in answer.headers.get("x-ringfence-fallbacks", "")) is drawn
        seen.add(drawn)
        if len(seen) == 2:
            break
    assert seen == {True, False}
    for version in ("1", "2"):
        named = stack.post("/v1/chat/completions", chat(HARMLESS, f"fast-model@{version}"))
        assert "canary:" not in named.headers["x-ringfence-reasons"]
