"""The order inside a pool of permitted models: as written, or by what is expected of each.

A pool is what a route leads to at once: the models of one tier, or for `auto` those of all its
tiers. Nothing here adds a model to a pool or takes one out of it (I3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from router.domain import (
    Expectation,
    InferenceRequest,
    ModelSpec,
    PlanStep,
    Principal,
    Tier,
)
from router.policy.conditions import Conditions
from router.policy.policy import Rules
from router.policy.routing_rules import RankBy
from router.policy.utility import Objective
from router.registry.canary import champion_of
from router.task import Features

USUAL_OBJECTIVE_S = 30.0
"""Where neither the caller, nor the team, nor a tier of the route says one."""


class Ordering:
    """Of one request. What it did with the pools is in `reasons` and `expectations`."""

    def __init__(
        self,
        request: InferenceRequest,
        principal: Principal,
        rules: Rules,
        *,
        features: Features,
        conditions: Conditions,
        route: Sequence[Tier] = (),
    ) -> None:
        routing = rules.policy.routing
        self._rules, self._routing = rules, routing
        self._features, self._conditions = features, conditions
        self._prefer = request.prefer
        self._objective = Objective(
            features,
            _objective_s(request, principal, rules, route),
            routing.weights.preferring(request.prefer, routing.prefer),
        )
        self._expected: dict[str, Expectation] = {}
        self._reasons: dict[str, None] = {}
        self.kept = self._model_to_keep()

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(self._reasons)

    @property
    def expectations(self) -> tuple[Expectation, ...]:
        return tuple(self._expected.values())

    def keeps(self, reason: str) -> None:
        """The conversation's model is first already, for this reason."""
        self.kept = None
        self._reasons.setdefault(f"kept:{reason}")

    def of(self, pool: Mapping[str, PlanStep], by: RankBy) -> Sequence[str]:
        """The pool's keys, and no others.

        The conversation's model goes first, unless much is won by another.
        """
        ranked, are_compared = list(pool), False
        if by is RankBy.UTILITY:
            ranked, are_compared = self._by_utility(pool)
        kept = self.kept
        if kept is None or kept not in pool:
            return ranked
        self.kept = None
        if are_compared and self._is_left(pool[kept].model, pool[ranked[0]].model):
            self._reasons.setdefault("moved:gain")
            return ranked
        self._reasons.setdefault("kept:conversation")
        return [kept, *(key for key in ranked if key != kept)]

    def _by_utility(self, pool: Mapping[str, PlanStep]) -> tuple[list[str], bool]:
        """Best first, and last what is down; as written among equals. And whether it is so.

        Where the quality of one of them is not known, all is as written: what is down is passed
        over on the way.
        """
        predicted = self._conditions.predicted or {}
        # Its estimates and the figures of records are not of the same make: all, or none.
        if not predicted.keys() >= pool.keys():
            predicted = {}
        entries, task = self._rules.registry.entries, self._features.task
        order: list[tuple[bool, float, int, str]] = []
        unknown = False
        for place, (key, step) in enumerate(pool.items()):
            condition = self._conditions.of(key)
            figure = entries[key].card.quality.get(task)
            if figure is not None and predicted:
                figure = replace(figure, mean=predicted[key])
            expected = self._objective.expect(key, step.model, figure, condition)
            self._expected[key] = expected
            unknown = unknown or expected.utility is None
            order.append((condition.breaker_open, -(expected.utility or 0.0), place, key))
        if len(order) > 1:
            self._reasons.setdefault("rank:no_figures" if unknown else "rank:utility")
            if not unknown and predicted:
                self._reasons.setdefault("rank:learned")
            if not unknown and self._prefer is not None:
                self._reasons.setdefault(f"prefer:{self._prefer.value}")
        if not unknown:
            order.sort()
        return [key for *_, key in order], not unknown

    def _model_to_keep(self) -> str | None:
        """The champion in whose place the conversation's model answered, if it is there and up."""
        key, rules = self._features.conversation_model, self._routing.conversation
        if key is None or rules is None or key not in self._rules.registry.entries:
            return None
        champion = champion_of(self._rules.registry, key)
        return None if self._conditions.of(champion).breaker_open else champion

    def _is_left(self, kept: ModelSpec, best: ModelSpec) -> bool:
        """Whether another model's utility is higher by more than leaving this one costs."""
        rules = self._routing.conversation
        stays, goes = self._expected.get(kept.key), self._expected.get(best.key)
        if rules is None or kept is best or stays is None or goes is None:
            return False
        if stays.utility is None or goes.utility is None:
            return False
        lost = self._objective.utility_of_reading(best, self._conditions.of(best.key))
        return goes.utility - stays.utility - lost > rules.min_gain


def _objective_s(
    request: InferenceRequest, principal: Principal, rules: Rules, route: Sequence[Tier]
) -> float:
    """The caller's, the team's, or that of the first tier of the route that has one; in seconds."""
    policy = rules.policy
    said = request.max_latency_ms or policy.routing.team_max_latency_ms.get(principal.team)
    if said is None:
        objectives = (policy.latency_objectives.get(tier) for tier in route)
        totals = (each.total_ms for each in objectives if each is not None)
        said = next((total_ms for total_ms in totals if total_ms), None)
    return USUAL_OBJECTIVE_S if said is None else said / 1_000
