"""The order in which to try the permitted models. Nothing here can add one (I3)."""

from __future__ import annotations

from dataclasses import dataclass

from router.conversation.binding import is_bound
from router.domain import (
    AUTO,
    DataClass,
    Endpoint,
    Expectation,
    InferenceRequest,
    ModelSpec,
    PlanStep,
    Principal,
    Tier,
)
from router.errors import UnknownModel
from router.policy.conditions import Conditions
from router.policy.embedders import embedder_of
from router.policy.order import Ordering
from router.policy.permit import Permitted, stays
from router.policy.policy import CHOICES, Choice, Rules
from router.policy.routing_rules import RankBy
from router.registry.canary import canary_version
from router.registry.names import speakable
from router.task import Features, Task, TaskBasis

NOTHING_KNOWN = Features()
NOBODY_LOOKED = Conditions()


@dataclass(frozen=True, slots=True)
class Ranking:
    """The plan, the choice under its registry key or tier, and the codes that explain both.

    `expectations` are of the models that were compared.
    """

    plan: tuple[PlanStep, ...]
    choice: str
    reasons: tuple[str, ...]
    expectations: tuple[Expectation, ...] = ()


def rank(
    request: InferenceRequest,
    data_class: DataClass,
    principal: Principal,
    permitted: Permitted,
    rules: Rules,
    *,
    features: Features = NOTHING_KNOWN,
    conditions: Conditions = NOBODY_LOOKED,
) -> Ranking:
    """Orders `permitted`: the stakes' tiers, a pinned model, the route's tiers, then fallbacks.

    Each model once. A tier that the key may not use is skipped, so that a step's tier is always
    one that it may. What stands in for a model that may not be tried is tried nevertheless.
    Within a tier, or for `auto` among all tiers of the route, `order.py` says which goes first. A
    conversation in a tool loop, or with what only its model understands, keeps that model before
    all but one that is pinned.
    A canary that the request is drawn for is tried before its champion, wherever the route leads to
    that or the bare id means it; not where a version is named, and fallbacks have no canaries. A
    conversation keeps the version that it began with.
    Raises UnknownModel for a name that is no choice and no model, and InvalidRequest for an
    embeddings request for which no embedding model is named or given by the policy.
    """
    pin = None if request.choice in CHOICES else rules.registry.resolve(request.choice)
    if pin is None and request.choice not in CHOICES:
        raise _unknown(request.choice, rules)
    for_embeddings = request.endpoint is Endpoint.EMBEDDINGS
    if for_embeddings:
        pin = embedder_of(request, pin, rules)
    choice = request.choice if pin is None else pin.key
    reasons = [f"choice:{choice}"]
    if request.private_only:
        reasons.append("private_endpoint")
    elif principal.private_only:
        reasons.append("private_key")
    if pin is not None:
        reasons.append("pinned" if pin.key in permitted else "pin_not_permitted")
    route = _route(request, principal, pin)
    tiers = rules.policy.routes[data_class][route]
    ordering = Ordering(
        request, principal, rules, features=features, conditions=conditions, route=tiers
    )
    if for_embeddings:
        # Vectors of two models cannot be compared: none stands in for another.
        plan = _Plan(principal, permitted, rules, ordering)
        plan.add_pin(pin)
        if request.choice == AUTO:
            reasons.append(f"task:{request.task or Task.OTHER}")
        return Ranking(plan.steps, choice, tuple(reasons))
    names_a_version = pin is not None and request.choice != pin.id
    drawn_by = None if names_a_version else request.request_id
    plan = _Plan(
        principal,
        permitted,
        rules,
        ordering,
        drawn_by=drawn_by,
        answered_by=features.conversation_model,
    )
    reasons.append(f"route:{data_class.label}.{route}")
    if features.task_basis is not TaskBasis.UNKNOWN:
        reasons += [f"task:{features.task.value}", f"task_by:{features.task_basis.value}"]
    # What must stay goes where `private` leads, whatever depends on it.
    stakes = () if route == Tier.PRIVATE else rules.stakes_of(request.stakes, principal)
    preferred = [rule.prefer.get(data_class, ()) for rule in stakes]
    if pin is None or pin.key not in permitted:
        bound = _binding(request, features)
        if bound is not None:
            plan.add_kept(bound, (*(tier for each in preferred for tier in each), *tiers))
    for rule, its_tiers in zip(stakes, preferred, strict=True):
        reasons.append(f"stakes:{rule.name}")
        plan.add_tiers(its_tiers)
    plan.add_pin(pin)
    plan.add_tiers(tiers, together=route == AUTO)
    reasons.extend(ordering.reasons)
    reasons.extend(f"canary:{key}" for key in plan.canaries)
    reasons.extend(f"fallback:{key}" for key in plan.add_fallbacks())
    return Ranking(plan.steps, choice, tuple(reasons), ordering.expectations)


class _Plan:
    """Grows by what is written; only what is permitted gets in, and each model once.

    `drawn_by` is the id that canaries are drawn by, None to draw none; `canaries` are those drawn.
    `answered_by` is the model that answered the conversation before, None where nobody did.
    """

    def __init__(
        self,
        principal: Principal,
        permitted: Permitted,
        rules: Rules,
        ordering: Ordering,
        *,
        drawn_by: str | None = None,
        answered_by: str | None = None,
    ) -> None:
        self.canaries: dict[str, None] = {}
        self._tiers = principal.tiers
        self._permitted = permitted
        self._rules = rules
        self._ordering = ordering
        self._drawn_by = drawn_by
        self._answered_by = answered_by
        self._steps: dict[str, PlanStep] = {}
        self._written: dict[str, None] = {}

    @property
    def steps(self) -> tuple[PlanStep, ...]:
        return tuple(self._steps.values())

    def add_tiers(self, tiers: tuple[Tier, ...], *, together: bool = False) -> None:
        """What the tiers name, tier by tier, or as one pool where they are taken `together`."""
        routing = self._rules.policy.routing
        allowed = [tier for tier in tiers if tier in self._tiers]
        if together and routing.rank_auto is RankBy.UTILITY:
            self._add_pool(allowed, RankBy.UTILITY)
            return
        for tier in allowed:
            self._add_pool([tier], routing.rank_tiers)

    def add_kept(self, reason: str, tiers: tuple[Tier, ...]) -> None:
        """The conversation's model, for a reason that no preference outweighs, if a tier has it."""
        key = self._ordering.kept
        if key is None or key not in self._permitted:
            return
        for tier in tiers:
            if tier in self._tiers and key in self._rules.policy.tiers[tier]:
                self._written.setdefault(key)
                self._add_after_canary(key, PlanStep(self._permitted[key], tier))
                self._ordering.keeps(reason)
                return

    def add_pin(self, pin: ModelSpec | None) -> None:
        if pin is not None and (key := pin.key) in self._permitted:
            self._written.setdefault(key)
            self._add_after_canary(key, PlanStep(pin, self._tier_of(key)))

    def add_fallbacks(self) -> list[str]:
        """What stands in for all that is written so far; returns the keys that this added."""
        before = len(self._steps)
        stand_ins = self._rules.tables.stand_ins
        for key in tuple(self._written):
            for other in stand_ins.get(key, ()):
                if other in self._permitted and other not in self._steps:
                    self._steps[other] = PlanStep(self._permitted[other], self._tier_of(other))
        return list(self._steps)[before:]

    def _add_pool(self, tiers: list[Tier], by: RankBy) -> None:
        pool: dict[str, PlanStep] = {}
        permitted, steps = self._permitted, self._steps
        for tier in tiers:
            for key, step in self._rules.tables.steps[tier]:
                self._written[key] = None
                if key in permitted and key not in steps and key not in pool:
                    pool[key] = step
        for key in self._ordering.of(pool, by):
            self._add_after_canary(key, pool[key])

    def _add_after_canary(self, key: str, step: PlanStep) -> None:
        if key in self._rules.tables.canaries:
            canary = self._canary_before(key)
            if canary is not None and canary not in self._steps:
                # Not written: what stands in for the champion stands in for it, and nothing else.
                self._steps[canary] = PlanStep(self._permitted[canary], step.tier)
                self.canaries.setdefault(canary)
        self._steps.setdefault(key, step)

    def _canary_before(self, champion: str) -> str | None:
        """The canary that this request is drawn for, if both it and its champion may be tried.

        A conversation is drawn for what it was drawn for before.
        """
        if self._drawn_by is None:
            return None
        registry, canary = self._rules.registry, self._rules.tables.canaries[champion]
        drawn = canary_version(registry, registry.entries[champion].spec.id, self._drawn_by)
        if self._answered_by in (champion, canary):
            drawn = str(self._answered_by)
        return canary if drawn == canary and {canary, champion} <= self._permitted.keys() else None

    def _tier_of(self, key: str) -> Tier | None:
        return next((tier for tier in self._rules.tiers_of(key) if tier in self._tiers), None)


def _route(request: InferenceRequest, principal: Principal, pin: ModelSpec | None) -> Choice:
    if stays(request, principal):
        return Tier.PRIVATE.value
    return AUTO if pin is not None else request.choice


def _binding(request: InferenceRequest, features: Features) -> str | None:
    """Why a conversation cannot be handed to another model for the sake of a preference."""
    if features.conversation_model is None:
        return None
    if features.in_tool_loop:
        return "tool_loop"
    return "bound" if is_bound(request.body) else None


def _unknown(name: str, rules: Rules) -> UnknownModel:
    shown = speakable(name)
    known = ", ".join((*CHOICES, *rules.registry.aliases))
    return UnknownModel(
        f"The model{f' {shown}' if shown else ''} does not exist. Use one of: {known}.",
        param="model",
    )
