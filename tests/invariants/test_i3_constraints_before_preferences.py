"""I3: what a client prefers orders the permitted models and never adds one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from router.domain import DataClass, Tier
from tests.bodies import (
    CHAT,
    CHOICES,
    CONFIDENTIAL,
    EMBEDDINGS,
    HARMLESS,
    RESTRICTED,
    chat,
    embedding,
)
from tests.stack import Stack

EXTERNAL_PINS = ("openai-model", "openai-model@1", "anthropic-model", "anthropic-model@1")


def test_a_preference_is_followed_inside_the_permitted_set(stack: Stack) -> None:
    """Without it, the tests below could be passed by a router that ignores its clients."""
    for choice, provider in (
        ("fast", "fast"),
        ("balanced", "openai"),
        ("reasoning", "anthropic"),
        ("private", "private"),
        ("openai-model", "openai"),
        ("anthropic-model@1", "anthropic"),
    ):
        stack.reset()
        assert stack.post(CHAT, chat(HARMLESS, choice)).status_code == 200
        assert len(stack.arrived(provider)) == 1


@pytest.mark.parametrize("pin", EXTERNAL_PINS)
def test_naming_an_external_model_does_not_send_it_what_is_restricted(
    stack: Stack, pin: str
) -> None:
    answer = stack.post(CHAT, chat(RESTRICTED, pin))
    assert answer.json()["model"] == "private-model@1"
    assert "pin_not_permitted" in answer.headers["x-ringfence-reasons"]
    assert stack.arrived_outside() == []


def test_a_declared_class_raises(stack: Stack) -> None:
    for label in ("confidential", "restricted"):
        answer = stack.post(
            CHAT, chat(HARMLESS, "balanced"), headers={"x-ringfence-data-class": label}
        )
        assert answer.headers["x-ringfence-data-class"] == label
        assert "basis:declared" in answer.headers["x-ringfence-reasons"]
    assert stack.arrived_outside() == []


@pytest.mark.parametrize(
    ("text", "label"), [(CONFIDENTIAL, "confidential"), (RESTRICTED, "restricted")]
)
def test_a_declared_class_never_lowers(stack: Stack, text: str, label: str) -> None:
    for declared in ("public", "internal"):
        answer = stack.post(
            CHAT, chat(text, "balanced"), headers={"x-ringfence-data-class": declared}
        )
        assert answer.headers["x-ringfence-data-class"] == label
    assert stack.arrived_outside() == []


def test_declaring_public_does_not_lower_the_default(stack: Stack) -> None:
    answer = stack.post(CHAT, chat(), headers={"x-ringfence-data-class": "public"})
    assert answer.headers["x-ringfence-data-class"] == "internal"


def test_two_declarations_count_as_the_higher_one_or_are_refused(stack: Stack) -> None:
    both = [("x-ringfence-data-class", "public"), ("x-ringfence-data-class", "restricted")]
    for headers in (both, both[::-1]):
        answer = stack.http.post(
            CHAT,
            json=chat(HARMLESS, "balanced"),
            headers=[("authorization", f"Bearer {stack.key}"), *headers],
        )
        refused = answer.status_code == 400
        assert refused or answer.headers["x-ringfence-data-class"] == "restricted"
    assert stack.arrived_outside() == []


def test_headers_that_a_proxy_or_another_gateway_might_know_change_nothing(stack: Stack) -> None:
    for headers in (
        {"x-ringfence-tier": "balanced"},
        {"x-ringfence-model": "openai-model"},
        {"x-ringfence-team": "another"},
        {"x-ringfence-clearance": "approved"},
        {"x-forwarded-prefix": "/v1", "x-original-url": CHAT},
        {"openai-organization": "org", "openai-project": "project"},
    ):
        answer = stack.post(CHAT, chat(RESTRICTED, "openai-model"), headers=headers)
        assert answer.headers["x-ringfence-data-class"] == "restricted"
    assert stack.arrived_outside() == []


@pytest.mark.parametrize("choice", ["auto", "balanced", "reasoning", *EXTERNAL_PINS])
def test_a_key_for_the_private_tier_reaches_nothing_outside(stack: Stack, choice: str) -> None:
    key = stack.known_key(tiers=(Tier.PRIVATE,))
    answer = stack.post(CHAT, chat(HARMLESS, choice), key=key)
    assert answer.json()["model"] == "private-model@1"
    assert stack.arrived_outside() == []


def test_a_key_that_may_not_use_the_private_tier_gets_no_answer_to_restricted_requests(
    stack: Stack,
) -> None:
    key = stack.known_key(tiers=(Tier.BALANCED, Tier.REASONING))
    for choice in CHOICES:
        answer = stack.post(CHAT, chat(RESTRICTED, choice), key=key)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "no_model_permitted")
        assert "tier" in answer.json()["error"]["message"]
    assert stack.arrived(*stack.providers) == []


@pytest.mark.parametrize(
    ("floor", "models"),
    [
        (DataClass.CONFIDENTIAL, {"fast-model@1", "private-model@1"}),
        (DataClass.RESTRICTED, {"private-model@1"}),
    ],
)
def test_a_floor_of_the_key_holds_for_all_of_its_requests(
    stack: Stack, floor: DataClass, models: set[str]
) -> None:
    key = stack.known_key(floor=floor)
    for choice in CHOICES:
        answer = stack.post(
            CHAT,
            chat(HARMLESS, choice),
            key=key,
            headers={"x-ringfence-data-class": "public"},
        )
        assert answer.json()["model"] in models
    assert stack.post(EMBEDDINGS, embedding(), key=key).status_code == 403
    assert stack.arrived_outside() == []


def test_a_floor_of_the_team_holds_for_all_of_its_keys(own_stack: Callable[..., Stack]) -> None:
    def raise_team(_models: dict[str, Any], policy: dict[str, Any]) -> None:
        policy["team_floors"] = {"clinic": "restricted"}

    stack = own_stack(edit=raise_team)
    key = stack.known_key(team="clinic")
    for choice in ("auto", "balanced", "openai-model"):
        assert stack.post(CHAT, chat(HARMLESS, choice), key=key).status_code == 200
    assert stack.arrived_outside() == []
    assert stack.post(CHAT, chat(HARMLESS, "balanced")).status_code == 200
    assert len(stack.arrived_outside()) == 1


def test_residency_narrows_even_what_is_named(own_stack: Callable[..., Stack]) -> None:
    def internal_stays_at_home(_models: dict[str, Any], policy: dict[str, Any]) -> None:
        policy["residency"]["internal"] = ["on-prem"]
        policy["routes"]["internal"] = {"any": ["fast", "private"], "private": ["private"]}
        del policy["stakes"]  # which prefer models outside

    stack = own_stack(edit=internal_stays_at_home)
    for pin in EXTERNAL_PINS:
        assert stack.post(CHAT, chat(HARMLESS, pin)).status_code == 200
    explained = stack.post("/v1/route", chat(HARMLESS, "openai-model")).json()
    (outside,) = (model for model in explained["models"] if model["model"] == "openai-model@1")
    assert outside["excluded_by"] == ["residency"]
    assert stack.post(EMBEDDINGS, embedding()).status_code == 403
    assert stack.arrived_outside() == []


def test_what_only_an_external_model_can_do_is_refused_and_not_sent_there(
    own_stack: Callable[..., Stack],
) -> None:
    def only_outside_has_tools(models: dict[str, Any], _policy: dict[str, Any]) -> None:
        for entry in models["models"]:
            if entry["location"] == "on-prem":
                entry["capabilities"] = ["chat"]

    stack = own_stack(edit=only_outside_has_tools)
    tools = [{"type": "function", "function": {"name": "look_up", "parameters": {}}}]
    answer = stack.post(CHAT, chat(RESTRICTED, "balanced", tools=tools))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "missing_capability")
    assert "tools" in answer.json()["error"]["message"]
    assert stack.arrived_outside() == []
    assert stack.post(CHAT, chat(HARMLESS, "balanced", tools=tools)).status_code == 200
    assert len(stack.arrived_outside()) == 1
