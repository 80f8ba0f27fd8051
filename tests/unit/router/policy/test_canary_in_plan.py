"""A canary takes its share of what its champion would have answered, and never more than it may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_tables import (
    LABELS,
    canary,
    classified,
    model,
    policy,
    principal,
    request,
    rules_of_versions,
    version,
)

from router.domain import DataClass, Decision, Endpoint, Tier
from router.policy.decide import decide
from router.policy.kinds import Destinations, Kind
from router.policy.permit import TIER_NOT_ALLOWED
from router.policy.policy import Rules
from router.registry.registry import RegisteredModel

WARD = model("ward", on_prem=True, approved=LABELS)
DESK = model("desk", on_prem=True, approved=LABELS[:3])
VECTORS = model("vectors", on_prem=True, approved=LABELS, capabilities=["embeddings"])
DRAWN = "canary:desk@2"


def with_canary(share: float = 0.5, **changes: object) -> Rules:
    """`desk` has a canary in the tier `fast`, and stands in for nothing but `spare`."""
    spare = model("spare", on_prem=True, approved=LABELS)
    written = policy(
        {"private": ["ward"], "fast": ["desk"], "balanced": ["spare"]},
        {
            **{label: {"balanced": ["balanced"], "any": ["fast", "private"]} for label in LABELS},
            "restricted": {"any": ["private"]},
        },
    )
    models = [*map(version, (WARD, DESK, spare, VECTORS)), canary(VECTORS, share)]
    models.append(canary(DESK, share, **changes))
    return rules_of_versions(models, written | {"fallbacks": {"desk": ["ward"]}})


def decided(rules: Rules, request_id: str = "a", choice: str = "auto", **more: object) -> Decision:
    asked = replace(request(choice), request_id=request_id, **more)  # type: ignore[arg-type]
    return decide(asked, classified(DataClass.PUBLIC), principal(), rules)


def keys(decision: Decision) -> list[str]:
    return [step.model.key for step in decision.plan]


def a_drawn_id(rules: Rules) -> str:
    """The first request that goes to the canary: always the same one."""
    return next(f"r{i}" for i in range(10_000) if DRAWN in decided(rules, f"r{i}").reasons)


@pytest.mark.parametrize("share", [0.05, 0.5])
@pytest.mark.parametrize("choice", ["auto", "desk"])
def test_its_share_of_requests_tries_the_canary_first_and_the_others_never(
    share: float, choice: str
) -> None:
    rules = with_canary(share)
    n, drawn = 2_000, 0
    for i in range(n):
        decision = decided(rules, f"request-{i}", choice)
        is_drawn = DRAWN in decision.reasons
        canaries = ["desk@2"] if is_drawn else []
        assert keys(decision) == [*canaries, "desk@1", "ward@1"]
        drawn += is_drawn
    # The requests are always the same ones: a deviation is one of the hash, not of the day.
    assert drawn / n == pytest.approx(share, abs=0.03)


def test_a_canary_is_tried_in_its_champions_tier() -> None:
    rules = with_canary()
    first, second, _ = decided(rules, a_drawn_id(rules)).plan
    assert (first.tier, second.tier) == (Tier.FAST, Tier.FAST)
    pinned = decided(rules, choice="desk@2").plan[0]
    assert (pinned.model.key, pinned.tier) == ("desk@2", Tier.FAST)


def test_a_key_that_may_not_use_the_champions_tier_may_not_use_the_canary() -> None:
    rules = with_canary()
    asker = principal([Tier.PRIVATE])
    decision = decide(request("desk@2"), classified(DataClass.PUBLIC), asker, rules)
    codes = {item.model: item.code for item in decision.excluded}
    assert codes["desk@2"] == codes["desk@1"] == TIER_NOT_ALLOWED


NEARLY_ALL = with_canary(0.99)


@pytest.mark.parametrize("choice", ["desk@1", "desk@2", "desk@champion", "desk@candidate"])
@given(request_id=st.text())
def test_nothing_is_drawn_where_a_version_is_named(choice: str, request_id: str) -> None:
    decision = decided(NEARLY_ALL, request_id, choice)
    named = "desk@2" if choice in ("desk@2", "desk@candidate") else "desk@1"
    assert keys(decision)[0] == named
    assert DRAWN not in decision.reasons
    assert ("desk@2" in keys(decision)) is (named == "desk@2")


def narrowed(rules: Rules, key: str) -> Rules:
    """As on a day on which a certification of that version has expired."""
    entry = rules.registry.entries[key]
    spec = replace(entry.spec, approved=entry.spec.approved - {DataClass.PUBLIC})
    ended = replace(entry, spec=spec, narrowed={DataClass.PUBLIC: "certification"})
    entries: Mapping[str, RegisteredModel] = {**rules.registry.entries, key: ended}
    return Rules(replace(rules.registry, entries=entries), rules.policy)


def test_a_canary_that_may_not_see_the_request_leaves_it_to_its_champion() -> None:
    rules = with_canary()
    drawn = a_drawn_id(rules)
    decision = decided(narrowed(rules, "desk@2"), drawn)
    assert keys(decision) == ["desk@1", "ward@1"]
    assert DRAWN not in decision.reasons


def test_where_the_champion_may_not_go_its_canary_does_not_either() -> None:
    """Else what fails for most would succeed for some, and nobody could say why."""
    rules = with_canary()
    decision = decided(narrowed(rules, "desk@1"), a_drawn_id(rules))
    assert keys(decision) == ["ward@1"]


def test_a_canary_that_may_see_more_is_led_to_no_more() -> None:
    rules = with_canary(0.99, approved_data_classes=LABELS)
    for i in range(50):
        asked = replace(request(), request_id=f"r{i}")
        decision = decide(asked, classified(DataClass.RESTRICTED), principal(), rules)
        assert keys(decision) == ["ward@1"]


def test_vectors_of_two_versions_are_not_mixed() -> None:
    rules = with_canary(0.99)
    for i in range(50):
        decision = decided(rules, f"r{i}", "vectors", endpoint=Endpoint.EMBEDDINGS)
        assert keys(decision) == ["vectors@1"]


def test_a_kind_of_requests_goes_to_the_champion() -> None:
    """What a policy is compared and simulated by is asked of kinds, which have no ids to draw."""
    destinations = Destinations(with_canary(0.99), date(2026, 11, 22))
    for choice in ("auto", "desk"):
        plan = destinations.of(Kind(DataClass.PUBLIC, choice, team="team")).plan
        assert plan == ("desk@1", "ward@1")
    assert destinations.of(Kind(DataClass.PUBLIC, "desk@2")).plan[0] == "desk@2"
