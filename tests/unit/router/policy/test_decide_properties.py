"""Whatever the policy, the request and the key: constraints come before preferences (I3)."""

from itertools import combinations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policy_tables import any_rules, classified, clinic, decide_or_refuse, principal, request

from router.domain import Capability, DataClass, Endpoint, Tier
from router.errors import RequestError
from router.policy.decide import decide
from router.policy.policy import CHOICES
from router.policy.ways import ways

properties = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def situations(draw):
    rules = draw(any_rules())
    names = [*CHOICES, *rules.registry.aliases, *rules.registry.entries]
    endpoint = draw(st.sampled_from(list(Endpoint)))
    asked = request(
        draw(st.sampled_from(names)), endpoint=endpoint, private_only=draw(st.booleans())
    )
    key = principal(draw(st.sets(st.sampled_from(list(Tier)))))
    return rules, asked, key, draw(st.sampled_from(list(DataClass)))


@properties
@given(situations())
def test_every_permitted_model_satisfies_class_residency_and_key(situation):
    rules, asked, key, data_class = situation
    try:
        decision = decide(asked, classified(data_class), key, rules)
    except RequestError:
        return
    excluded = {item.model for item in decision.excluded}
    assert excluded.isdisjoint(decision.permitted)
    assert excluded.union(decision.permitted) == set(rules.registry.entries)
    for name in decision.permitted:
        model = rules.registry.entries[name].spec
        assert data_class in model.approved
        assert model.residency <= rules.policy.residency[data_class]
        assert not (asked.private_only and model.is_external)
        tiers = {tier for tier in Tier if name in rules.policy.tiers[tier]}
        if tiers:
            assert tiers & key.tiers
        else:
            assert asked.endpoint is Endpoint.EMBEDDINGS
            assert Capability.EMBEDDINGS in model.capabilities


@properties
@given(situations())
def test_the_plan_never_leaves_the_permitted_set_nor_what_was_proven(situation):
    rules, asked, key, data_class = situation
    try:
        decision = decide_or_refuse(asked, classified(data_class), key, rules)
    except RequestError:
        return
    proven = {(way.data_class, way.model.key) for way in ways(rules)}
    keys = [step.model.key for step in decision.plan]
    assert keys
    assert len(set(keys)) == len(keys)
    for step in decision.plan:
        assert step.model.key in decision.permitted
        assert step.tier is None or step.tier in key.tiers
        if step.model.key != decision.choice:
            assert (data_class, step.model.key) in proven


@properties
@given(situations())
def test_raising_the_class_never_adds_an_external_model(situation):
    rules, asked, key, _ = situation
    seen = None
    for data_class in DataClass:
        try:
            decision = decide(asked, classified(data_class), key, rules)
        except RequestError:
            return
        external = {
            name for name in decision.permitted if rules.registry.entries[name].spec.is_external
        }
        if data_class is DataClass.RESTRICTED:
            assert not external
        assert seen is None or external <= seen
        seen = external


def test_every_situation_of_a_small_installation_ends_inside_the_set():
    rules = clinic()
    names = [*CHOICES, *rules.registry.aliases]
    keys = [set(tiers) for size in range(5) for tiers in combinations(Tier, size)]
    for data_class in DataClass:
        for name in names:
            for private_only in (False, True):
                for endpoint in Endpoint:
                    asked = request(name, endpoint=endpoint, private_only=private_only)
                    for tiers in keys:
                        try:
                            decision = decide_or_refuse(
                                asked, classified(data_class), principal(tiers), rules
                            )
                        except RequestError:
                            continue
                        assert all(
                            data_class in step.model.approved
                            and not (private_only and step.model.is_external)
                            for step in decision.plan
                        )
