"""The permitted set (I3): class, approvals, residency and principal, before any preference."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from router.domain import (
    Capability,
    DataClass,
    Endpoint,
    Exclusion,
    InferenceRequest,
    ModelSpec,
    Principal,
)
from router.policy.policy import Policy, Rules
from router.registry.deprecation import DEPRECATED, is_closed_to

CLASS_NOT_APPROVED = "class_not_approved"
RESIDENCY = "residency"
PRIVATE_ONLY = "private_only"
TIER_NOT_ALLOWED = "tier_not_allowed"
NOT_IN_A_TIER = "not_in_a_tier"
MODEL_NOT_ALLOWED = "model_not_allowed"
EXTERNAL_NOT_DECIDED = "external_not_decided"


@dataclass(frozen=True, slots=True)
class Permission:
    """Every model of the registry is in exactly one of the two; one may be excluded for several
    reasons, each an Exclusion."""

    permitted: tuple[ModelSpec, ...]
    excluded: tuple[Exclusion, ...]


def permit(
    request: InferenceRequest, data_class: DataClass, principal: Principal, rules: Rules
) -> Permission:
    """Which models may see the request, in the registry's order."""
    permitted: list[ModelSpec] = []
    excluded: list[Exclusion] = []
    for model in rules.registry.models:
        codes = _dated(class_bars(model, data_class, rules.policy), model, data_class, rules)
        if model.is_external and stays(request, principal):
            codes = (*codes, PRIVATE_ONLY)
        codes = (*codes, *_principal_bars(model, request.endpoint, principal, rules))
        if codes:
            excluded.extend(Exclusion(model.key, code) for code in codes)
        else:
            permitted.append(model)
    return Permission(tuple(permitted), tuple(excluded))


def stays(request: InferenceRequest, principal: Principal) -> bool:
    """Whether on-prem was promised, by the endpoint that was asked or to whom the key was given."""
    return request.private_only or principal.private_only


def class_bars(model: ModelSpec, data_class: DataClass, policy: Policy) -> tuple[str, ...]:
    """Why a class may not go to a model, whoever asks; empty if it may. The proof uses it too.

    A model resides in all of its regions at once: any of them may be where it processes.
    """
    approved = () if data_class in model.approved else (CLASS_NOT_APPROVED,)
    resident = () if model.residency <= policy.residency[data_class] else (RESIDENCY,)
    return (*approved, *resident)


def _dated(
    codes: tuple[str, ...], model: ModelSpec, data_class: DataClass, rules: Rules
) -> tuple[str, ...]:
    """The codes, with what ended an approval in the place of that there is none."""
    ended = rules.registry.entries[model.key].narrowed.get(data_class)
    return tuple(ended if ended and code == CLASS_NOT_APPROVED else code for code in codes)


def _principal_bars(
    model: ModelSpec, endpoint: Endpoint, principal: Principal, rules: Rules
) -> tuple[str, ...]:
    decided = not model.is_external or rules.policy.may_use_external(principal)
    named = not principal.models or model.id in principal.models
    return (
        *(() if named else (MODEL_NOT_ALLOWED,)),
        *(() if decided else (EXTERNAL_NOT_DECIDED,)),
        *((DEPRECATED,) if _came_too_late(model, principal, rules) else ()),
        *_tier_bars(model, endpoint, principal, rules),
    )


def _came_too_late(model: ModelSpec, principal: Principal, rules: Rules) -> bool:
    """A person's own token is as new as can be."""
    made_on = principal.key_made_on or date.max
    return is_closed_to(rules.registry.entries[model.key].card, made_on)


def _tier_bars(
    model: ModelSpec, endpoint: Endpoint, principal: Principal, rules: Rules
) -> tuple[str, ...]:
    tiers = rules.tiers_of(model.key)
    if tiers:
        return () if principal.tiers.intersection(tiers) else (TIER_NOT_ALLOWED,)
    # Embedding models are asked for by id and are in no tier.
    if endpoint is not Endpoint.EMBEDDINGS or Capability.EMBEDDINGS not in model.capabilities:
        return (NOT_IN_A_TIER,)
    return () if not model.is_external or _may_go_outside(principal, rules) else (TIER_NOT_ALLOWED,)


def _may_go_outside(principal: Principal, rules: Rules) -> bool:
    """Whether one of the key's tiers has an external model: a ceiling is one for embeddings too."""
    return any(
        rules.registry.entries[key].spec.is_external
        for tier in principal.tiers
        for key in rules.policy.tiers[tier]
    )
