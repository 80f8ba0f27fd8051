"""What a gateway decides by is one whole, swapped whole: by another policy, or by another day."""

from __future__ import annotations

from typing import Any, cast

from router.accounts.people.rules import PeopleRules
from router.accounts.people.tokens import TokenVerifier
from router.api.in_force import InForce
from router.clock import SystemClock
from router.domain import DataClass
from router.pipeline import Pipeline
from router.policy.policy import Rules
from serving.rules_in_force import RulesInForce
from tests.unit.clock import ManualClock
from tests.unit.router.policy.policy_tables import LABELS, model, policy, rules_of

NOON_S = 1_795_348_800.0  # 2026-11-22 12:00 UTC
DAY_S = 86_400.0


def rules(default: str = "internal") -> Rules:
    certified = model("home", on_prem=True, approved=LABELS)
    return rules_of(
        [certified],
        policy({"private": ["home"]}, {label: {"any": ["private"]} for label in LABELS})
        | {"default_data_class": default},
    )


class Wired:
    """Stands where a pipeline does, and knows for which rules it was made."""

    def __init__(self, wired_for: Rules) -> None:
        self.rules = wired_for


def wire(wired_for: Rules) -> InForce:
    tokens = TokenVerifier(PeopleRules(), SystemClock())
    return InForce(wired_for, cast("Pipeline", Wired(wired_for)), tokens)


def in_force(clock: Any) -> RulesInForce:
    return RulesInForce(rules(), wire, clock)


def test_what_a_request_took_stays_what_it_is() -> None:
    force = in_force(ManualClock(NOON_S))
    taken = force.current()
    force.switch(rules("confidential"))
    assert taken.rules.policy.detection.default_class is DataClass.INTERNAL
    assert force.current().rules.policy.detection.default_class is DataClass.CONFIDENTIAL


def test_rules_and_pipeline_are_of_one_policy_whenever_they_are_asked_for() -> None:
    force = in_force(ManualClock(NOON_S))
    for each in (rules("public"), rules("restricted"), rules("internal")):
        force.switch(each)
        now = force.current()
        assert cast("Wired", now.pipeline).rules is now.rules
        assert now.rules.policy.digest == force.digest == each.policy.digest


def test_nothing_is_made_again_on_the_same_day_and_all_is_on_the_next() -> None:
    clock = ManualClock(NOON_S)
    force = in_force(clock)
    today = force.current()
    clock.advance(DAY_S / 2 - 1)
    assert force.current() is today
    clock.advance(1)
    tomorrow = force.current()
    assert tomorrow is not today
    assert tomorrow.rules.policy is today.rules.policy
