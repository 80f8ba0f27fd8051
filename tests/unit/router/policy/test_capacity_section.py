"""`capacity` in policy.yaml: what must stay has places without a word; bad ones do not start."""

from __future__ import annotations

from typing import Any

import pytest
from policy_tables import (
    LABELS,
    canary,
    model,
    policy,
    refused,
    rules_of,
    rules_of_versions,
    version,
)

from router.domain import DataClass
from router.load.rules import CapacityRules, LaneRules, ModelCapacity


def engine(model_id: str, replicas: int = 2, per_replica: int = 8) -> dict[str, Any]:
    return model(model_id, on_prem=True, approved=LABELS) | {
        "backend": {
            "kind": "vllm",
            "weights": {"embedded": "tiny"},
            "replicas": replicas,
            "max_ongoing_requests": per_replica,
            "profiles": {"cpu": {}},
        }
    }


MODELS = [
    engine("home"),
    engine("desk"),
    model("server", on_prem=True, approved=LABELS),
    model("cloud", on_prem=False, approved=["public"]),
]
TIERS = {"private": ["home"], "fast": ["desk", "server"], "balanced": []}
ROUTES = {label: {"private": ["private"], "any": ["fast", "private"]} for label in LABELS}


def written(**capacity: Any) -> dict[str, Any]:
    made: dict[str, Any] = policy(TIERS, ROUTES)
    return made | ({"capacity": capacity} if capacity else {})


def capacity_of(**capacity: Any) -> CapacityRules:
    return rules_of(MODELS, written(**capacity)).policy.capacity


def test_without_a_word_half_of_the_tier_private_is_kept_for_what_must_stay() -> None:
    capacity = capacity_of()
    assert capacity.models == {
        "home@1": ModelCapacity(None, 8, 2, 0.5),
        "desk@1": ModelCapacity(None, 8, 2, 0.0),
    }
    assert capacity == CapacityRules(models=capacity.models)
    assert capacity.must_stay_from is DataClass.CONFIDENTIAL


def test_what_is_written_holds() -> None:
    capacity = capacity_of(
        must_stay_from="restricted",
        reserved_for_private=0.25,
        headroom_for_other_teams=0,
        before_next_s=0,
        must_stay={"max_wait_s": 5},
        others={"max_wait_s": 0, "max_waiting": 0},
        weights={"radiology": 2},
        gateways=3,
        models={
            "desk": {"reserved_for_private": 1},
            "server": {"concurrent": 4, "reserved_for_private": 0.5},
            "cloud": {"concurrent": 100},
        },
    )
    assert capacity.must_stay_from is DataClass.RESTRICTED
    assert (capacity.must_stay, capacity.others) == (LaneRules(5, 1_000), LaneRules(0, 0))
    assert (capacity.headroom, capacity.before_next_s, capacity.gateways) == (0, 0, 3)
    assert (capacity.weight("radiology"), capacity.weight("anybody")) == (2, 1)
    assert capacity.models == {
        "home@1": ModelCapacity(None, 8, 2, 0.25),
        "desk@1": ModelCapacity(None, 8, 2, 1.0),
        "server@1": ModelCapacity(4, reserved=0.5),
        "cloud@1": ModelCapacity(100),
    }


def test_a_canary_has_the_share_of_its_champion_and_may_have_places_of_its_own() -> None:
    versions = [version(engine("home")), canary(engine("home"), 0.1)]
    rules = rules_of_versions(
        versions,
        policy({"private": ["home"]}, {label: {"any": ["private"]} for label in LABELS})
        | {"capacity": {"models": {"home@2": {"concurrent": 3}}}},
    )
    assert rules.policy.capacity.models == {
        "home@1": ModelCapacity(None, 8, 2, 0.5),
        "home@2": ModelCapacity(3, 8, 2, 0.5),
    }


@pytest.mark.parametrize(
    ("capacity", "cure"),
    [
        ({"models": {"hom": {"concurrent": 1}}}, "write `home`"),
        ({"models": {"home@2": {"concurrent": 1}}}, "write `home@1`"),
        ({"models": {"cloud": {"reserved_for_private": 0.5}}}, "model on-prem"),
        ({"models": {"server": {"reserved_for_private": 0.5}}}, "add `concurrent`"),
        ({"models": {"home": {"concurrent": 0}}}, ""),
        ({"models": {"home": {"concurrency": 4}}}, "concurrent"),
        ({"reserved_for_private": 1.1}, ""),
        ({"reserved_for_private": -0.1}, ""),
        ({"headroom_for_other_teams": 1}, ""),
        ({"weights": {"radiology": 0}}, ""),
        ({"weights": {"No Team": 1}}, "a-z"),
        ({"others": {"max_wait_s": -1}}, ""),
        ({"must_stay_from": "secret"}, ""),
        ({"gateways": 0}, ""),
    ],
)
def test_what_cannot_hold_does_not_start(capacity: dict[str, Any], cure: str) -> None:
    assert cure in str(refused(MODELS, written(**capacity)))
