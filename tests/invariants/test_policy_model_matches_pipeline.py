"""What is proven is what runs: the proof's ways are the pipeline's plans, no more and no less."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from router.domain import (
    DataClass,
    Decision,
    Endpoint,
    InferenceRequest,
    Principal,
    Tier,
)
from router.errors import RequestError
from router.policy.conditions import Conditions, ModelCondition
from router.policy.decide import decide
from router.policy.kinds import Destinations, Kind
from router.policy.policy import CHOICES, Rules
from router.policy.routing_rules import ConversationRules, RankBy, RoutingRules, Weights
from router.policy.space import kinds
from router.policy.ways import Way, ways
from router.registry.canary import champion_of
from router.registry.card import QualityFigure
from router.task import Features, Preference, Task
from tests.bodies import HARMLESS, chat, embedding
from tests.stack import Stack
from tests.unit.router.policy.busy_rules import PURPOSES, STAKES, TEAMS, busy_rules
from tests.unit.router.policy.policy_tables import classified, principal, request

REQUESTS = 30
"""Asked of each policy."""


@dataclass(frozen=True)
class Situation:
    rules: Rules
    asked: InferenceRequest
    asker: Principal
    data_class: DataClass
    features: Features
    conditions: Conditions

    def decision(self) -> Decision:
        return decide(
            self.asked,
            classified(self.data_class),
            self.asker,
            self.rules,
            self.features,
            self.conditions,
        )


def situations(seed: int) -> Iterator[Situation]:
    """One policy and many requests to it."""
    random = Random(seed)
    rules = ranked(busy_rules(random), random)
    names = [*CHOICES, *rules.registry.aliases, *rules.registry.entries]
    for number in range(REQUESTS):
        tiers = random.sample(list(Tier), random.randint(1, len(Tier)))
        asked = request(
            random.choice(names),
            endpoint=random.choice([Endpoint.CHAT, Endpoint.CHAT, Endpoint.EMBEDDINGS]),
            private_only=random.random() < 0.3,
        )
        asker = replace(
            principal(tiers), team=random.choice(TEAMS), purpose=random.choice(PURPOSES)
        )
        stakes = random.choice([None, *STAKES])
        asked = replace(
            asked,
            stakes=stakes,
            request_id=f"{seed}-{number}",
            prefer=random.choice([None, *Preference]),
            max_latency_ms=random.choice([None, 1, 1_000]),
        )
        features = Features(
            task=random.choice([Task.CODE, Task.SUMMARY]),
            input_tokens=random.choice([0, 1_000]),
            in_tool_loop=random.random() < 0.2,
            conversation_model=random.choice([None, "gone@1", *rules.registry.entries, "home@1"]),
        )
        conditions = Conditions(
            {
                key: ModelCondition(
                    running=random.randint(0, 9),
                    waiting=random.randint(0, 9),
                    places=random.choice([None, 4]),
                    breaker_open=random.random() < 0.1,
                    ttft_s=random.choice([None, 1.0]),
                )
                for key in rules.registry.entries
            }
        )
        data_class = random.choice(list(DataClass))
        yield Situation(rules, asked, asker, data_class, features, conditions)


def ranked(rules: Rules, random: Random) -> Rules:
    """The same rules with all in use that orders what they permit."""
    entries = {
        key: replace(entry, card=replace(entry.card, quality=figures(random)))
        for key, entry in rules.registry.entries.items()
    }
    by = [RankBy.UTILITY, RankBy.UTILITY, RankBy.WRITTEN]
    routing = RoutingRules(
        rank_auto=random.choice(by),
        rank_tiers=random.choice(by),
        weights=Weights(1.0, 10.0, random.random()),
        prefer={Preference.COST: 4.0},
        conversation=ConversationRules(60.0, random.random() / 10),
    )
    return Rules(replace(rules.registry, entries=entries), replace(rules.policy, routing=routing))


def figures(random: Random) -> dict[Task, QualityFigure]:
    """Every model was evaluated at code, and hardly any at summaries."""
    tasks = [Task.CODE, Task.SUMMARY] if random.random() < 0.3 else [Task.CODE]
    return {task: QualityFigure(200, random.random(), 0.0, 1.0) for task in tasks}


def is_taken(way: Way, at: Situation, decision: Decision) -> bool:
    """Whether the request goes this way, by what the proof says of its ways and by that alone."""
    asked = at.asked
    is_named = decision.choice not in CHOICES
    if way.tier is None:
        named = way.choice == decision.choice and decision.choice in decision.permitted
        if asked.endpoint is Endpoint.EMBEDDINGS:
            return named and not way.is_fallback
        return named and way.stays == asked.private_only
    if asked.endpoint is Endpoint.EMBEDDINGS or way.tier not in at.asker.tiers:
        return False
    route = "private" if asked.private_only else "auto" if is_named else decision.choice
    if way.stakes is None:
        return way.choice == route
    rule = at.rules.policy.stakes[way.stakes]
    applies = asked.stakes == way.stakes or rule.applies_to(at.asker)
    return applies and route != "private"


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_a_plan_has_every_model_that_a_proven_way_leads_to_and_no_other(seed: int) -> None:
    for at in situations(seed):
        try:
            decision = at.decision()
        except RequestError:
            continue
        led_to = {
            way.model.key
            for way in ways(at.rules)
            if way.data_class is at.data_class and is_taken(way, at, decision)
        }
        planned = [step.model.key for step in decision.plan]
        drawn = canaries_of(decision)
        assert set(planned) - set(drawn) == led_to & set(decision.permitted)
        for canary in drawn:
            assert canary in decision.permitted
            champion = champion_of(at.rules.registry, canary)
            assert planned[planned.index(canary) + 1] == champion
        for step in decision.plan:
            assert at.data_class in step.model.approved
            assert not (at.asked.private_only and step.model.is_external)


def canaries_of(decision: Decision) -> list[str]:
    said = (reason.partition(":") for reason in decision.reasons)
    return [name for code, _, name in said if code == "canary"]


def test_the_situations_are_such_that_all_that_orders_does() -> None:
    """Otherwise the property above would hold of nothing."""
    reasons = Counter[str]()
    for seed in range(10):
        for at in situations(seed):
            with suppress(RequestError):
                decision = at.decision()
                reasons.update({reason.partition(":")[0] for reason in decision.reasons})
    assert reasons["moved"] >= 3, reasons
    for reason in (
        "canary",
        "fallback",
        "stakes",
        "pinned",
        "pin_not_permitted",
        "private_endpoint",
        "rank",
        "prefer",
        "kept",
    ):
        assert reasons[reason] >= 10, reasons


@settings(max_examples=6)
@given(st.integers(0, 2**32))
def test_the_space_of_requests_stays_where_classes_may_go(seed: int) -> None:
    rules = busy_rules(Random(seed))
    destinations = Destinations(rules, datetime.now(UTC).date())
    proven = {(way.data_class, way.model.key) for way in ways(rules)}
    for kind, _ in kinds(rules):
        data_class = destinations.class_of(kind)
        for key in destinations.of(kind).plan:
            assert (data_class, key) in proven


def with_all_that_orders(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    policy["routes"]["confidential"] = {"any": ["fast"], "private": ["private"]}
    policy["fallbacks"] = {"fast-model": ["private-model"], "openai-model": ["anthropic-model"]}
    policy["stakes"] = {
        "legal": {
            "applies_to": {"purposes": ["contracts"]},
            "prefer": {"public": ["reasoning"], "internal": ["reasoning"]},
        }
    }
    policy["purpose_floors"] = {"hiring": "confidential"}
    policy["team_floors"] = {"clinic": "restricted"}


def test_a_wired_gateway_says_of_each_kind_what_the_model_says(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack(edit=with_all_that_orders)
    model = Destinations(stack.rules, datetime.now(UTC).date())
    for team, purpose, tiers in (
        ("default", "contracts", list(Tier)),
        ("default", "hiring", [Tier.FAST, Tier.REASONING, Tier.PRIVATE]),
        ("clinic", "general", [Tier.FAST, Tier.PRIVATE]),
    ):
        key = stack.known_key(team=team, purpose=purpose, tiers=tuple(tiers))
        asker = Kind(DataClass.PUBLIC, "auto", team=team, purpose=purpose, tiers=frozenset(tiers))
        for found, choice, private_only, stakes in product(
            DataClass, ("auto", "reasoning", "openai-model"), (False, True), (None, "legal")
        ):
            kind = replace(
                asker, found=found, choice=choice, private_only=private_only, stakes=stakes
            )
            assert routed(stack, key, kind) == model.of(kind).plan, kind
        for found in DataClass:
            kind = replace(
                asker, found=found, choice="embedding-model", endpoint=Endpoint.EMBEDDINGS
            )
            assert routed(stack, key, kind) == model.of(kind).plan, kind


def routed(stack: Stack, key: str, kind: Kind) -> tuple[str, ...]:
    path = "/private/v1/route" if kind.private_only else "/v1/route"
    of_endpoint = embedding if kind.endpoint is Endpoint.EMBEDDINGS else chat
    headers = {"x-ringfence-data-class": kind.found.label}
    if kind.stakes is not None:
        headers["x-ringfence-stakes"] = kind.stakes
    answer = stack.post(path, of_endpoint(HARMLESS, kind.choice), key=key, headers=headers)
    answer.raise_for_status()
    return tuple(answer.json()["plan"])
