"""What a client may have, and in which order it is tried."""

import pytest
from policy_tables import classified, clinic, decide_or_refuse, principal, request

from router.domain import DataClass, Endpoint, Exclusion, Tier
from router.errors import InvalidRequest, NotPermitted, UnknownModel
from router.policy.decide import decide

RULES = clinic()
INTERNAL = classified(DataClass.INTERNAL)


def plan(decision):
    return [(step.model.id, step.tier) for step in decision.plan]


def test_a_harmless_request_goes_where_it_is_best_served():
    decision = decide_or_refuse(request(), INTERNAL, principal(), RULES)
    assert plan(decision) == [
        ("cloud", Tier.BALANCED),
        ("desk", Tier.FAST),
        ("ward", Tier.PRIVATE),
    ]
    assert decision.reasons == (
        "class:internal",
        "basis:detected",
        "choice:auto",
        "route:internal.auto",
    )
    assert decision.policy_digest == RULES.policy.digest


@pytest.mark.parametrize("choice", ["auto", "fast", "balanced", "reasoning", "private", "cloud"])
def test_a_restricted_request_stays_whatever_is_asked_for(choice):
    decision = decide_or_refuse(
        request(choice), classified(DataClass.RESTRICTED), principal(), RULES
    )
    assert plan(decision) == [("ward", Tier.PRIVATE)]
    assert decision.permitted == ("ward@1",)
    assert Exclusion("cloud@1", "class_not_approved") in decision.excluded
    assert Exclusion("cloud@1", "residency") in decision.excluded


def test_a_pinned_model_goes_first_and_the_rest_stand_in_for_it():
    decision = decide_or_refuse(request("thinker"), INTERNAL, principal(), RULES)
    assert plan(decision) == [
        ("thinker", Tier.REASONING),
        ("cloud", Tier.BALANCED),
        ("desk", Tier.FAST),
        ("ward", Tier.PRIVATE),
    ]
    assert "pinned" in decision.reasons
    assert decision.choice == "thinker@1"
    assert decide_or_refuse(request("thinker@1"), INTERNAL, principal(), RULES) == decision


def test_a_pinned_model_that_is_on_the_route_is_tried_once():
    decision = decide_or_refuse(request("desk"), INTERNAL, principal(), RULES)
    assert plan(decision) == [
        ("desk", Tier.FAST),
        ("cloud", Tier.BALANCED),
        ("ward", Tier.PRIVATE),
    ]


def test_a_pin_is_a_preference_and_is_dropped_where_it_is_not_permitted():
    confidential = classified(DataClass.CONFIDENTIAL)
    decision = decide_or_refuse(request("cloud"), confidential, principal(), RULES)
    assert plan(decision) == [("desk", Tier.FAST), ("ward", Tier.PRIVATE)]
    assert "pin_not_permitted" in decision.reasons
    assert "pinned" not in decision.reasons
    assert "route:confidential.auto" in decision.reasons


@pytest.mark.parametrize("choice", ["auto", "balanced", "cloud"])
def test_the_private_endpoint_is_private_whatever_is_asked_for(choice):
    decision = decide_or_refuse(request(choice, private_only=True), INTERNAL, principal(), RULES)
    assert plan(decision) == [("ward", Tier.PRIVATE)]
    assert "private_endpoint" in decision.reasons
    assert "route:internal.private" in decision.reasons
    assert Exclusion("cloud@1", "private_only") in decision.excluded
    assert ("pin_not_permitted" in decision.reasons) == (choice == "cloud")


def test_the_private_endpoint_takes_a_pin_that_is_on_prem():
    decision = decide_or_refuse(request("desk", private_only=True), INTERNAL, principal(), RULES)
    assert plan(decision) == [("desk", Tier.FAST), ("ward", Tier.PRIVATE)]


def test_a_key_goes_only_through_the_tiers_it_may_use():
    decision = decide_or_refuse(request(), INTERNAL, principal({Tier.FAST}), RULES)
    assert plan(decision) == [("desk", Tier.FAST)]
    assert Exclusion("cloud@1", "tier_not_allowed") in decision.excluded


def test_a_key_whose_tiers_lead_nowhere_is_told_which_would():
    with pytest.raises(NotPermitted) as caught:
        decide_or_refuse(request(), classified(DataClass.RESTRICTED), principal({Tier.FAST}), RULES)
    message = str(caught.value)
    assert "not approved for restricted" in message
    assert "in tiers that this key may not use" in message
    assert message.endswith("Use a key that may use one of the tiers private.")


def test_a_key_that_asked_for_the_wrong_choice_is_told_the_right_one():
    with pytest.raises(NotPermitted, match="Ask for one of: auto, balanced"):
        decide_or_refuse(request("private"), INTERNAL, principal({Tier.FAST}), RULES)


def test_a_refusal_can_be_explained():
    decision = decide(request("private"), INTERNAL, principal({Tier.FAST}), RULES)
    assert decision.plan == ()
    assert decision.permitted == ("desk@1",)


def test_a_name_that_nobody_has_is_answered_with_those_that_exist():
    with pytest.raises(UnknownModel) as caught:
        decide_or_refuse(request("gpt-9"), INTERNAL, principal(), RULES)
    assert "gpt-9" in str(caught.value)
    for name in ("auto", "fast", "private", "cloud", "own-vectors"):
        assert name in str(caught.value)
    assert caught.value.param == "model"


@pytest.mark.parametrize("name", ["", "My SSN is 078-05-1120", "any thing", "\ud800", "a" * 65])
def test_a_prompt_in_place_of_a_name_is_not_repeated(name):
    with pytest.raises(UnknownModel) as caught:
        decide_or_refuse(request(name), INTERNAL, principal(), RULES)
    assert not name or name not in str(caught.value)


def test_any_is_a_word_of_the_policy_and_no_choice():
    with pytest.raises(UnknownModel):
        decide_or_refuse(request("any"), INTERNAL, principal(), RULES)


def embeddings(choice: str, private_only: bool = False):
    return request(choice, endpoint=Endpoint.EMBEDDINGS, private_only=private_only, input="x")


def test_embeddings_come_from_the_named_model_and_no_other():
    public = classified(DataClass.PUBLIC)
    assert plan(decide_or_refuse(embeddings("vectors"), public, principal(), RULES)) == [
        ("vectors", None)
    ]


@pytest.mark.parametrize("choice", ["auto", "fast", "cloud"])
def test_embeddings_from_what_makes_none_are_refused_with_those_that_do(choice):
    with pytest.raises(InvalidRequest, match="name one of: vectors, own-vectors"):
        decide_or_refuse(embeddings(choice), INTERNAL, principal(), RULES)


@pytest.mark.parametrize(
    ("data_class", "private_only", "why"),
    [
        (DataClass.INTERNAL, False, "not approved for internal"),
        (DataClass.RESTRICTED, False, "outside the regions"),
        (DataClass.PUBLIC, True, "external, and this endpoint is private"),
    ],
)
def test_embeddings_never_fall_back_to_another_model(data_class, private_only, why):
    with pytest.raises(NotPermitted, match=why):
        decide_or_refuse(
            embeddings("vectors", private_only), classified(data_class), principal(), RULES
        )


def test_an_embedding_model_pinned_for_a_chat_is_dropped():
    decision = decide_or_refuse(request("own-vectors"), INTERNAL, principal(), RULES)
    assert "pin_not_permitted" in decision.reasons
    assert Exclusion("own-vectors@1", "not_in_a_tier") in decision.excluded
    assert plan(decision)[0] == ("cloud", Tier.BALANCED)


def test_a_key_whose_tiers_stay_inside_gets_no_embeddings_from_outside():
    inside = principal([Tier.PRIVATE, Tier.FAST])
    public = classified(DataClass.PUBLIC)
    with pytest.raises(NotPermitted, match="tiers"):
        decide_or_refuse(embeddings("vectors"), public, inside, RULES)
    assert plan(decide_or_refuse(embeddings("own-vectors"), public, inside, RULES)) == [
        ("own-vectors", None)
    ]
