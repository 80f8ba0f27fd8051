"""A canary takes its share of its champion's requests, the same ones on every replica."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_documents import SINCE, built, own, registry_document

from router.registry.canary import canary_of, canary_version, champion_of
from router.registry.registry import Registry


def with_canary(share: float) -> Registry:
    lifecycle = {"state": "canary", "since": SINCE, "canary_share": share}
    return built(registry_document(own(), own("2", "canary", lifecycle=lifecycle)))


@pytest.mark.parametrize("share", [0.01, 0.05, 0.5, 0.9])
def test_the_share_of_requests_is_what_the_file_says(share: float) -> None:
    registry = with_canary(share)
    n = 20_000
    drawn = sum(canary_version(registry, "own", f"request-{i}") == "own@2" for i in range(n))
    # The requests are always the same ones: a deviation is one of the hash, not of the day.
    assert drawn / n == pytest.approx(share, abs=0.01)


@given(request_id=st.text(), share=st.floats(0.01, 0.98))
def test_a_request_is_drawn_alike_everywhere_and_stays_drawn_as_the_share_grows(
    request_id: str, share: float
) -> None:
    registry = with_canary(share)
    drawn = canary_version(registry, "own", request_id)
    assert drawn in {"own@1", "own@2"}
    assert canary_version(registry, "own", request_id) == drawn
    if drawn == "own@2":
        assert canary_version(with_canary(min(share * 1.01, 0.99)), "own", request_id) == "own@2"


@pytest.mark.parametrize("state", ["candidate", "shadow"])
def test_what_is_no_canary_yet_takes_nothing(state: str) -> None:
    registry = built(registry_document(own(), own("2", state)))
    assert canary_of(registry, "own") is None
    assert canary_version(registry, "own", "any") == "own@1"


def test_a_canary_stands_in_the_place_of_its_champion() -> None:
    registry = with_canary(0.5)
    assert champion_of(registry, "own@2") == "own@1"
    assert champion_of(registry, "own@1") == "own@1"
    with pytest.raises(KeyError):
        canary_version(registry, "other", "any")
