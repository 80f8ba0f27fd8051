"""The permitted set (I3): class, approvals, residency and principal, before any preference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from router.domain import (
    Capability,
    DataClass,
    Endpoint,
    Exclusion,
    InferenceRequest,
    ModelSpec,
    Principal,
    Tier,
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


Permitted: TypeAlias = Mapping[str, ModelSpec]
"""By registry key, in the registry's order."""

_MAX_KNOWN = 4_096


@dataclass(frozen=True, slots=True)
class Permission:
    """Every model of the registry is in exactly one of the two; one may be excluded for several
    reasons, each an Exclusion. Neither is changed by anybody: requests of a kind share them."""

    permitted: Permitted
    excluded: tuple[Exclusion, ...]


def permit(
    request: InferenceRequest, data_class: DataClass, principal: Principal, rules: Rules
) -> Permission:
    """Which models may see the request, in the registry's order.

    It is a function of the class, of what the key and its team may, and of the rules: what was
    worked out for a request is kept with the rules, for others like it.
    """
    asker = _Asker(
        must_stay=stays(request, principal),
        for_embeddings=request.endpoint is Endpoint.EMBEDDINGS,
        may_use_external=rules.policy.may_use_external(principal),
        tiers=principal.tiers,
        models=principal.models,
        # A person's own token is as new as can be.
        made_on=principal.key_made_on or date.max,
    )
    known = rules.permissions
    permission = known.get((data_class, asker))
    if permission is None:
        permission = _permission(asker, data_class, rules)
        if len(known) >= _MAX_KNOWN:
            known.clear()
        known[data_class, asker] = permission
    return permission


@dataclass(frozen=True, slots=True)
class _Asker:
    """All of a request and its key that the permitted set depends on, beside the class."""

    must_stay: bool
    for_embeddings: bool
    may_use_external: bool
    tiers: frozenset[Tier]
    models: frozenset[str]
    made_on: date


def _permission(asker: _Asker, data_class: DataClass, rules: Rules) -> Permission:
    permitted: dict[str, ModelSpec] = {}
    excluded: list[Exclusion] = []
    for key, model in rules.tables.models.items():
        codes = _dated(class_bars(model, data_class, rules.policy), model, data_class, rules)
        if model.is_external and asker.must_stay:
            codes = (*codes, PRIVATE_ONLY)
        codes = (*codes, *_asker_bars(model, asker, rules))
        if codes:
            excluded.extend(Exclusion(key, code) for code in codes)
        else:
            permitted[key] = model
    return Permission(permitted, tuple(excluded))


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
    if not codes:
        return codes
    ended = rules.registry.entries[model.key].narrowed.get(data_class)
    return tuple(ended if ended and code == CLASS_NOT_APPROVED else code for code in codes)


def _asker_bars(model: ModelSpec, asker: _Asker, rules: Rules) -> tuple[str, ...]:
    decided = not model.is_external or asker.may_use_external
    named = not asker.models or model.id in asker.models
    closed = is_closed_to(rules.registry.entries[model.key].card, asker.made_on)
    return (
        *(() if named else (MODEL_NOT_ALLOWED,)),
        *(() if decided else (EXTERNAL_NOT_DECIDED,)),
        *((DEPRECATED,) if closed else ()),
        *_tier_bars(model, asker, rules),
    )


def _tier_bars(model: ModelSpec, asker: _Asker, rules: Rules) -> tuple[str, ...]:
    tiers = rules.tiers_of(model.key)
    if tiers:
        return () if asker.tiers.intersection(tiers) else (TIER_NOT_ALLOWED,)
    # Embedding models are asked for by id and are in no tier.
    if not asker.for_embeddings or Capability.EMBEDDINGS not in model.capabilities:
        return (NOT_IN_A_TIER,)
    # Whether one of the key's tiers has an external model: a ceiling is one for embeddings too.
    may_go_outside = asker.tiers & rules.tables.tiers_outside
    return () if not model.is_external or may_go_outside else (TIER_NOT_ALLOWED,)
