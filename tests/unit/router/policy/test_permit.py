"""Who may use what, before any preference."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from policy_tables import (
    LABELS,
    classified,
    clinic,
    model,
    policy,
    principal,
    request,
    rules_of_versions,
    version,
)

from router.domain import DataClass
from router.policy.decide import decide
from router.policy.permit import EXTERNAL_NOT_DECIDED, MODEL_NOT_ALLOWED, PRIVATE_ONLY, permit
from router.policy.places import Places
from router.policy.policy import Rules
from router.policy.refuse import WORDS, not_permitted
from router.registry.deprecation import DEPRECATED


@pytest.mark.parametrize(
    ("team", "purpose", "leaves"),
    [("team", "general", True), ("team", "hiring", False), ("other", "general", False)],
)
def test_models_outside_are_for_teams_and_purposes_that_somebody_decided_on(
    team: str, purpose: str, leaves: bool
) -> None:
    asker = replace(principal(), team=team, purpose=purpose)
    permission = permit(request(), DataClass.PUBLIC, asker, clinic())
    assert any(model.is_external for model in permission.permitted.values()) is leaves
    codes = {item.code for item in permission.excluded}
    assert (EXTERNAL_NOT_DECIDED in codes) is not leaves


def test_a_key_for_some_models_reaches_no_other() -> None:
    asker = replace(principal(), models=frozenset({"ward", "cloud"}))
    permission = permit(request(), DataClass.PUBLIC, asker, clinic())
    assert [model.id for model in permission.permitted.values()] == ["ward", "cloud"]
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


SINCE = date(2026, 1, 1)


def on_its_way_out() -> Rules:
    """`old` is deprecated since SINCE, and `home` stays."""
    return rules_of_versions(
        [
            version(model("home", on_prem=True, approved=LABELS)),
            version(model("old", on_prem=True, approved=LABELS), state="deprecated"),
        ],
        policy(
            {"private": ["home"], "fast": ["old"]},
            {label: {"fast": ["fast"], "any": ["private"]} for label in LABELS},
        ),
    )


@pytest.mark.parametrize(
    ("made_on", "is_open"),
    [
        (date(2025, 12, 31), True),
        (SINCE, True),  # nobody could know
        (date(2026, 1, 2), False),
        (None, False),  # a person's own token
    ],
)
def test_a_deprecated_model_is_open_to_keys_that_were_there_before(
    made_on: date | None, is_open: bool
) -> None:
    rules = on_its_way_out()
    asker = replace(principal(), key_made_on=made_on)
    for choice in ("fast", "old"):
        decision = decide(request(choice), classified(DataClass.PUBLIC), asker, rules)
        assert ("old@1" in decision.permitted) is is_open
        codes = [item.code for item in decision.excluded if item.model == "old@1"]
        assert codes == ([] if is_open else [DEPRECATED])


def test_a_key_that_came_too_late_is_told_so_and_where_it_is_written() -> None:
    rules, found = on_its_way_out(), classified(DataClass.PUBLIC)
    decision = decide(request("fast"), found, principal(), rules)
    error = not_permitted(request("fast"), decision, principal(), rules)
    assert WORDS[DEPRECATED] in str(error)
    assert "Ask for one of: auto" in str(error)
    place = Places(rules).of_exclusion(DEPRECATED, "old@1", DataClass.PUBLIC)
    assert place is not None
    line = rules.policy.text.models.splitlines()[int(place.rpartition(":")[2]) - 1]
    assert b"lifecycle" in line
