"""The order in which to try the permitted models. Nothing here can add one (I3)."""

from __future__ import annotations

from collections.abc import Iterator
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
from router.policy.policy import CHOICES, Choice, Policy, Rules
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
    """Orders `permitted`: a pinned model first, then the route's tiers, each model once.

    A tier that the key may not use is skipped, so that a step's tier is always one that it may.
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
    plan: dict[str, PlanStep] = {}
    if pin is not None and pin in permitted:
        reasons.append("pinned")
        allowed = (tier for tier in rules.policy.tiers_of(pin.key) if tier in principal.tiers)
        plan[pin.key] = PlanStep(pin, next(allowed, None))
    elif pin is not None:
        reasons.append("pin_not_permitted")
    if request.endpoint is Endpoint.EMBEDDINGS:
        # Vectors of two models cannot be compared: none stands in for another.
        _require_embedding_model(pin, rules)
        return Ranking(tuple(plan.values()), choice, tuple(reasons))
    route = _route(request, pin)
    reasons.append(f"route:{data_class.label}.{route}")
    by_key = {model.key: model for model in permitted}
    for tier, key in _along(rules.policy, data_class, route):
        if tier in principal.tiers and key in by_key:
            plan.setdefault(key, PlanStep(by_key[key], tier))
    return Ranking(tuple(plan.values()), choice, tuple(reasons))


def _route(request: InferenceRequest, pin: ModelSpec | None) -> Choice:
    if request.private_only:
        return Tier.PRIVATE.value
    return AUTO if pin is not None else request.choice


def _along(policy: Policy, data_class: DataClass, choice: Choice) -> Iterator[tuple[Tier, str]]:
    for tier in policy.routes[data_class][choice]:
        for key in policy.tiers[tier]:
            yield tier, key


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
