"""Rules with a canary in force, with nothing behind them that would answer."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from router.accounts.people.rules import PeopleRules
from router.accounts.people.tokens import TokenVerifier
from router.api.in_force import InForce
from router.clock import SystemClock
from router.pipeline import Pipeline
from router.policy.load import load_rules
from router.policy.policy import Rules
from serving.rules_in_force import RulesInForce
from tests.unit.clock import ManualClock
from tests.unit.router.trials.canary_records import CANARY, write_files

NOON_S = 1_795_348_800.0  # 2026-11-22 12:00 UTC


def canary_in_force(directory: Path, also: str | None = None) -> RulesInForce:
    """Half of the champion's requests are the canary's, since that day's beginning.

    `also` is another id with a canary of its own, which comes after.
    """
    tokens = TokenVerifier(PeopleRules(), SystemClock())

    def wire(rules: Rules) -> InForce:
        return InForce(rules, cast("Pipeline", None), tokens)

    rules = load_rules(*write_files(directory, share=0.5, since="2026-11-22", also=also))
    return RulesInForce(rules, wire, ManualClock(NOON_S))


def takes_requests(in_force: RulesInForce) -> bool:
    return bool(in_force.current().rules.registry.entries[CANARY].spec.approved)
