"""The finite space of requests: every kind that two policies, or one, can tell apart.

What no policy names is alike to all of them: one other team and one other purpose stand for all the
rest, teams and purposes of which the policies say the same stand for each other, and of a key's
tiers every one, every two and all of them tell any two routes apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from router.domain import AUTO, Capability, DataClass, Endpoint, Principal, Tier
from router.policy.kinds import OTHER, Kind
from router.policy.policy import ANY_PURPOSE, CHOICES, Policy, Rules
from router.task import Task


@dataclass(frozen=True, slots=True)
class Askers:
    """Teams and purposes, in pairs, between which none of the policies makes a difference."""

    pairs: tuple[tuple[str, str], ...]

    @property
    def witness(self) -> tuple[str, str]:
        """One of them, with names where there are names."""
        return min(self.pairs, key=lambda pair: (pair[0] == OTHER) + (pair[1] == OTHER))


def kinds(*rules: Rules) -> Iterator[tuple[Kind, Askers]]:
    """Each kind with everybody who asks alike; its team and purpose are one pair of them."""
    stakes = [None, *dict.fromkeys(name for each in rules for name in each.policy.stakes)]
    rest = list(
        product(_ways_to_ask(rules), _findings(rules), (False, True), _tier_sets(rules), stakes)
    )
    for askers in _askers([each.policy for each in rules]):
        team, purpose = askers.witness
        for asked, (found, entity_types), private_only, tiers, declared in rest:
            endpoint, choice, embeds = asked
            if endpoint is Endpoint.EMBEDDINGS and declared is not None:
                continue  # an embedding model has no stand-in, so stakes order nothing
            yield (
                Kind(
                    found=found,
                    choice=choice,
                    endpoint=endpoint,
                    private_only=private_only,
                    team=team,
                    purpose=purpose,
                    tiers=tiers,
                    stakes=declared,
                    entity_types=entity_types,
                    embeds=embeds,
                ),
                askers,
            )


def _ways_to_ask(rules: Sequence[Rules]) -> list[tuple[Endpoint, str, Task | None]]:
    """Choices and bare ids, and tasks whose texts are embedded; completions go as chat does."""
    asked: dict[tuple[Endpoint, str, Task | None], None] = {}
    asked |= dict.fromkeys((Endpoint.CHAT, choice, None) for choice in CHOICES)
    for each in rules:
        for model_id in each.registry.aliases:
            model = each.registry.resolve(model_id)
            if model is not None and Capability.EMBEDDINGS in model.capabilities:
                asked.setdefault((Endpoint.EMBEDDINGS, model_id, None))
            else:
                asked.setdefault((Endpoint.CHAT, model_id, None))
        for task in each.policy.routing.embedders:
            asked.setdefault((Endpoint.EMBEDDINGS, AUTO, task))
    return list(asked)


def _findings(rules: Sequence[Rules]) -> list[tuple[DataClass, frozenset[str]]]:
    """Every class; and whatever the policies do not take for the same, by what was found."""
    detections = [each.policy.detection for each in rules]
    named: dict[frozenset[str], None] = {}
    for detection in detections:
        named |= dict.fromkeys(frozenset({name}) for name in detection.entity_classes)
        named |= dict.fromkeys(each.entity_types for each in detection.combinations)
    differing = {
        types: None
        for types in named
        if len({detection.class_of_all(types) for detection in detections}) > 1
    }
    if len({detection.exceptions for detection in detections}) > 1:
        for detection in detections:
            for exception in detection.exceptions:
                differing |= dict.fromkeys(frozenset({name}) for name in exception.entity_types)
    return [
        *((data_class, frozenset[str]()) for data_class in DataClass),
        *((DataClass.PUBLIC, types) for types in differing),
    ]


def _tier_sets(rules: Sequence[Rules]) -> list[frozenset[Tier]]:
    used = [tier for tier in Tier if any(each.policy.tiers[tier] for each in rules)]
    some = [frozenset(group) for size in (1, 2) for group in combinations(used, size)]
    return list(dict.fromkeys([frozenset(used), *some]))


def _askers(policies: Sequence[Policy]) -> list[Askers]:
    teams = sorted({team for policy in policies for team in _teams(policy)})
    purposes = sorted({purpose for policy in policies for purpose in _purposes(policy)})
    alike: dict[tuple[object, ...], list[tuple[str, str]]] = {}
    for team, purpose in product((*teams, OTHER), (*purposes, OTHER)):
        told = tuple(_told_apart(policy, team, purpose) for policy in policies)
        alike.setdefault(told, []).append((team, purpose))
    return [Askers(tuple(pairs)) for pairs in alike.values()]


def _told_apart(policy: Policy, team: str, purpose: str) -> tuple[object, ...]:
    principal = Principal("", team, DataClass.PUBLIC, frozenset(), purpose)
    return (
        policy.may_use_external(principal),
        policy.detection.floor_of(principal),
        tuple(rule.name for rule in policy.stakes_of(None, principal)),
        tuple(each.id for each in policy.detection.exceptions if each.team == team),
    )


def _teams(policy: Policy) -> Iterator[str]:
    yield from policy.external_use
    yield from policy.detection.team_floors
    for rule in policy.stakes.values():
        yield from rule.teams
    for exception in policy.detection.exceptions:
        yield exception.team


def _purposes(policy: Policy) -> Iterator[str]:
    for purposes in policy.external_use.values():
        yield from purposes - {ANY_PURPOSE}
    yield from policy.detection.purpose_floors
    for rule in policy.stakes.values():
        yield from rule.purposes
