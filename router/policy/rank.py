"""The order in which to try the permitted models. Nothing here can add one (I3)."""

from __future__ import annotations

from dataclasses import dataclass

from router.domain import (
    AUTO,
    Capability,
    DataClass,
    Endpoint,
    InferenceRequest,
    ModelSpec,
    PlanStep,
    Principal,
    Tier,
)
from router.errors import InvalidRequest, UnknownModel
from router.policy.fallbacks import chains
from router.policy.permit import stays
from router.policy.policy import CHOICES, Choice, Rules
from router.registry.canary import canary_version
from router.registry.names import speakable


@dataclass(frozen=True, slots=True)
class Ranking:
    """The plan, the choice under its registry key or tier, and the codes that explain both."""

    plan: tuple[PlanStep, ...]
    choice: str
    reasons: tuple[str, ...]


def rank(
    request: InferenceRequest,
    data_class: DataClass,
    principal: Principal,
    permitted: tuple[ModelSpec, ...],
    rules: Rules,
) -> Ranking:
    """Orders `permitted`: the stakes' tiers, a pinned model, the route's tiers, then fallbacks.

    Each model once. A tier that the key may not use is skipped, so that a step's tier is always
    one that it may. What stands in for a model that may not be tried is tried nevertheless.
    A canary that the request is drawn for is tried before its champion, wherever the route leads to
    that or the bare id means it; not where a version is named, and fallbacks have no canaries.
    Raises UnknownModel for a name that is no choice and no model, and InvalidRequest for an
    embeddings request that does not name an embedding model.
    """
    pin = None if request.choice in CHOICES else rules.registry.resolve(request.choice)
    if pin is None and request.choice not in CHOICES:
        raise _unknown(request.choice, rules)
    choice = request.choice if pin is None else pin.key
    reasons = [f"choice:{choice}"]
    if request.private_only:
        reasons.append("private_endpoint")
    elif principal.private_only:
        reasons.append("private_key")
    if pin is not None:
        reasons.append("pinned" if pin in permitted else "pin_not_permitted")
    if request.endpoint is Endpoint.EMBEDDINGS:
        # Vectors of two models cannot be compared: none stands in for another.
        _require_embedding_model(pin, rules)
        plan = _Plan(principal, permitted, rules)
        plan.add_pin(pin)
        return Ranking(plan.steps, choice, tuple(reasons))
    names_a_version = pin is not None and request.choice != pin.id
    drawn_by = None if names_a_version else request.request_id
    plan = _Plan(principal, permitted, rules, drawn_by)
    route = _route(request, principal, pin)
    reasons.append(f"route:{data_class.label}.{route}")
    # What must stay goes where `private` leads, whatever depends on it.
    stakes = () if route == Tier.PRIVATE else rules.policy.stakes_of(request.stakes, principal)
    for rule in stakes:
        reasons.append(f"stakes:{rule.name}")
        plan.add_tiers(rule.prefer.get(data_class, ()))
    plan.add_pin(pin)
    plan.add_tiers(rules.policy.routes[data_class][route])
    reasons.extend(f"canary:{key}" for key in plan.canaries)
    reasons.extend(f"fallback:{key}" for key in plan.add_fallbacks())
    return Ranking(plan.steps, choice, tuple(reasons))


class _Plan:
    """Grows by what is written; only what is permitted gets in, and each model once.

    `drawn_by` is the id that canaries are drawn by, None to draw none; `canaries` are those drawn.
    """

    def __init__(
        self,
        principal: Principal,
        permitted: tuple[ModelSpec, ...],
        rules: Rules,
        drawn_by: str | None = None,
    ) -> None:
        self.canaries: dict[str, None] = {}
        self._tiers = principal.tiers
        self._permitted = {model.key: model for model in permitted}
        self._rules = rules
        self._drawn_by = drawn_by
        self._steps: dict[str, PlanStep] = {}
        self._written: dict[str, None] = {}

    @property
    def steps(self) -> tuple[PlanStep, ...]:
        return tuple(self._steps.values())

    def add_tiers(self, tiers: tuple[Tier, ...]) -> None:
        for tier in tiers:
            if tier in self._tiers:
                for key in self._rules.policy.tiers[tier]:
                    self._add_after_canary(key, tier)

    def add_pin(self, pin: ModelSpec | None) -> None:
        if pin is not None and pin.key in self._permitted:
            self._add_after_canary(pin.key, self._tier_of(pin.key))

    def add_fallbacks(self) -> list[str]:
        """What stands in for all that is written so far; returns the keys that this added."""
        before = len(self._steps)
        for key in tuple(self._written):
            for chain in chains(self._rules.policy.fallbacks, key):
                self._add(chain[-1], self._tier_of(chain[-1]))
        return list(self._steps)[before:]

    def _add_after_canary(self, key: str, tier: Tier | None) -> None:
        canary = self._canary_before(key)
        if canary is not None and canary not in self._steps:
            # Not written: what stands in for the champion stands in for it, and nothing else does.
            self._steps[canary] = PlanStep(self._permitted[canary], tier)
            self.canaries.setdefault(canary)
        self._add(key, tier)

    def _canary_before(self, key: str) -> str | None:
        """The canary that this request is drawn for, if both it and its champion may be tried."""
        registry = self._rules.registry
        model_id = registry.entries[key].spec.id
        if self._drawn_by is None or registry.aliases.get(model_id) != key:
            return None
        drawn = canary_version(registry, model_id, self._drawn_by)
        return drawn if drawn != key and {drawn, key} <= self._permitted.keys() else None

    def _add(self, key: str, tier: Tier | None) -> None:
        self._written.setdefault(key)
        if key in self._permitted:
            self._steps.setdefault(key, PlanStep(self._permitted[key], tier))

    def _tier_of(self, key: str) -> Tier | None:
        return next((tier for tier in self._rules.tiers_of(key) if tier in self._tiers), None)


def _route(request: InferenceRequest, principal: Principal, pin: ModelSpec | None) -> Choice:
    if stays(request, principal):
        return Tier.PRIVATE.value
    return AUTO if pin is not None else request.choice


def _require_embedding_model(pin: ModelSpec | None, rules: Rules) -> None:
    if pin is not None and Capability.EMBEDDINGS in pin.capabilities:
        return
    names = [
        model.id for model in rules.registry.models if Capability.EMBEDDINGS in model.capabilities
    ]
    known = f"name one of: {', '.join(dict.fromkeys(names))}" if names else "none is registered"
    raise InvalidRequest(
        f"Embeddings are made by the embedding model that `model` names, never by a tier; {known}.",
        param="model",
    )


def _unknown(name: str, rules: Rules) -> UnknownModel:
    shown = speakable(name)
    known = ", ".join((*CHOICES, *rules.registry.aliases))
    return UnknownModel(
        f"The model{f' {shown}' if shown else ''} does not exist. Use one of: {known}.",
        param="model",
    )
