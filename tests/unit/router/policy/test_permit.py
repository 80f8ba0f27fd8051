"""Who may use what, before any preference."""

from __future__ import annotations

from dataclasses import replace

import pytest
from policy_tables import classified, clinic, principal, request

from router.domain import DataClass
from router.policy.decide import decide
from router.policy.permit import EXTERNAL_NOT_DECIDED, MODEL_NOT_ALLOWED, PRIVATE_ONLY, permit
from router.policy.policy import Rules
from router.policy.refuse import WORDS, not_permitted


@pytest.mark.parametrize(
    ("team", "purpose", "leaves"),
    [("team", "general", True), ("team", "hiring", False), ("other", "general", False)],
)
def test_models_outside_are_for_teams_and_purposes_that_somebody_decided_on(
    team: str, purpose: str, leaves: bool
) -> None:
    asker = replace(principal(), team=team, purpose=purpose)
    permission = permit(request(), DataClass.PUBLIC, asker, clinic())
    assert any(model.is_external for model in permission.permitted) is leaves
    codes = {item.code for item in permission.excluded}
    assert (EXTERNAL_NOT_DECIDED in codes) is not leaves


def test_a_key_for_some_models_reaches_no_other() -> None:
    asker = replace(principal(), models=frozenset({"ward", "cloud"}))
    permission = permit(request(), DataClass.PUBLIC, asker, clinic())
    assert [model.id for model in permission.permitted] == ["ward", "cloud"]
    others = {item.model for item in permission.excluded if item.code == MODEL_NOT_ALLOWED}
    assert others == {"desk@1", "thinker@1", "vectors@1", "own-vectors@1"}


def test_a_private_key_is_as_good_as_the_private_endpoint() -> None:
    rules, found = clinic(), classified(DataClass.PUBLIC)
    key = replace(principal(), private_only=True)
    by_key = decide(request(), found, key, rules)
    by_endpoint = decide(request(private_only=True), found, principal(), rules)
    assert by_key.plan == by_endpoint.plan
    assert by_key.permitted == by_endpoint.permitted
    assert {item.code for item in by_key.excluded if item.model == "cloud@1"} == {PRIVATE_ONLY}


def test_an_approval_that_ended_is_excluded_under_what_ended_it() -> None:
    rules = clinic()
    entry = rules.registry.entries["ward@1"]
    spec = replace(entry.spec, approved=entry.spec.approved - {DataClass.RESTRICTED})
    ended = replace(entry, spec=spec, narrowed={DataClass.RESTRICTED: "certification"})
    registry = replace(rules.registry, entries={**rules.registry.entries, "ward@1": ended})
    narrowed = Rules(registry, rules.policy)
    decision = decide(request(), classified(DataClass.RESTRICTED), principal(), narrowed)
    codes = {item.code for item in decision.excluded if item.model == "ward@1"}
    assert codes == {"certification"}
    error = not_permitted(request(), decision, principal(), narrowed)
    assert WORDS["certification"].format(label="restricted") in str(error)
