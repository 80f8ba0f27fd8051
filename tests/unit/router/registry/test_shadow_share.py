"""A shadow gets copies of its share of its champion's requests, the same on every replica."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from registry_documents import SINCE, built, own, refused, registry_document

from router.domain import DataClass
from router.registry.halted import HALTED, without_halted
from router.registry.registry import Registry
from router.registry.shadow import shadow_drawn
from router.registry.validity import in_force
from router.trials.may import as_if_answering

DAY = date(2026, 11, 22)


def in_shadow(share: float, **changes: Any) -> dict[str, Any]:
    lifecycle = {"state": "shadow", "since": SINCE, "shadow_share": share}
    return own("2", "shadow", lifecycle=lifecycle, **changes)


def with_shadow(share: float) -> Registry:
    return built(registry_document(own(), in_shadow(share)))


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 1.0])
def test_the_share_of_copies_is_what_the_file_says(share: float) -> None:
    registry, n = with_shadow(share), 10_000
    drawn = sum(shadow_drawn(registry, "own@1", f"request-{i}") == "own@2" for i in range(n))
    assert drawn / n == pytest.approx(share, abs=0.01)


def test_the_shadow_s_own_requests_are_copied_to_nobody() -> None:
    assert shadow_drawn(with_shadow(1.0), "own@2", "any") is None


def test_it_answers_nobody_and_may_see_what_the_file_approves() -> None:
    registry = in_force(with_shadow(1.0), DAY)
    assert registry.entries["own@2"].spec.approved == frozenset()
    assert as_if_answering(registry, "own@2", DAY).approved == frozenset(DataClass)


def test_what_a_certification_is_missing_for_is_not_its_to_see() -> None:
    document = registry_document(own(), in_shadow(1.0))
    document["certifications_required"] = {"restricted": ["HDS"]}
    registry = in_force(built(document), DAY)
    seen = as_if_answering(registry, "own@2", DAY).approved
    assert seen == frozenset(DataClass) - {DataClass.RESTRICTED}


@pytest.mark.parametrize("state", ["candidate", "production"])
def test_a_share_of_copies_is_a_shadow_s(state: str) -> None:
    lifecycle = {"state": state, "since": SINCE, "shadow_share": 0.1}
    found = refused(registry_document(own(), own("2", state, lifecycle=lifecycle)))
    assert any("no shadow" in each.problem for each in found)


def test_only_the_candidate_beside_a_champion_gets_copies() -> None:
    document = registry_document(own(), in_shadow(0.1))
    document["aliases"]["own"] = {"champion": "1"}
    assert any("not the candidate" in each.problem for each in refused(document))


def test_a_halted_canary_is_permitted_nothing_and_a_shadow_is_none() -> None:
    registry = built(registry_document(own(), own("2", "canary")))
    entry = without_halted(registry, {"own@2", "gone@1"}).entries["own@2"]
    assert entry.spec.approved == frozenset()
    assert set(entry.narrowed.values()) == {HALTED}
    assert without_halted(with_shadow(0.5), {"own@2"}) == with_shadow(0.5)
