"""Why nothing is permitted, in words that say what would help. Waiting does not."""

from __future__ import annotations

from collections.abc import Mapping

from router.domain import Decision, Endpoint, InferenceRequest, Principal, Tier
from router.errors import NotPermitted
from router.policy.permit import (
    CLASS_NOT_APPROVED,
    EXTERNAL_NOT_DECIDED,
    MODEL_NOT_ALLOWED,
    NOT_IN_A_TIER,
    PRIVATE_ONLY,
    RESIDENCY,
    TIER_NOT_ALLOWED,
    stays,
)
from router.policy.policy import Rules
from router.registry.deprecation import DEPRECATED
from router.registry.halted import HALTED
from router.registry.validity import CERTIFICATION, CONTRACT, LIFECYCLE

WORDS: Mapping[str, str] = {
    CLASS_NOT_APPROVED: "not approved for {label}",
    RESIDENCY: "outside the regions where {label} may be processed",
    LIFECYCLE: "not in service",
    HALTED: "canaries that are halted",
    CERTIFICATION: "without a certification that {label} asks for",
    CONTRACT: "without a contract in force for {label}",
    DEPRECATED: "deprecated, and closed to keys that were made since, as this one was",
    PRIVATE_ONLY: "external, and this endpoint is private, or the key is",
    MODEL_NOT_ALLOWED: "not among those that this key may use",
    TIER_NOT_ALLOWED: "in tiers that this key may not use",
    NOT_IN_A_TIER: "in no tier",
    EXTERNAL_NOT_DECIDED: "external, which nobody decided for this team and the key's purpose",
}
"""What each code of an exclusion says of a model; `{label}` is the request's data class."""


def not_permitted(
    request: InferenceRequest, decision: Decision, principal: Principal, rules: Rules
) -> NotPermitted:
    """The error for a decision whose plan is empty."""
    label = decision.data_class.label
    if request.endpoint is Endpoint.EMBEDDINGS:
        codes = [item.code for item in decision.excluded if item.model == decision.choice]
        bars = " and ".join(WORDS[code].format(label=label) for code in codes)
        return NotPermitted(
            f"{decision.choice} may not see this request, whose data class is {label}: it is "
            f"{bars}. Name an embedding model that is approved for {label}; another key or "
            "endpoint helps only where that is the reason.",
            param="model",
        )
    models: dict[str, set[str]] = {}
    for item in decision.excluded:
        models.setdefault(item.code, set()).add(item.model)
    parts = [
        f"{words.format(label=label)}: {len(models[code])}"
        for code, words in WORDS.items()
        if code in models
    ]
    why = f" (of {len(rules.registry.entries)} models, {'; '.join(parts)})" if parts else ""
    return NotPermitted(
        f"No model that {decision.choice} leads to may take this request, whose data class is "
        f"{label}{why}. {_cure(request, decision, principal, rules)}",
        param="model",
    )


def _cure(request: InferenceRequest, decision: Decision, principal: Principal, rules: Rules) -> str:
    routes = rules.policy.routes[decision.data_class]
    choices = [Tier.PRIVATE.value] if stays(request, principal) else list(routes)
    open_choices = [
        choice
        for choice in choices
        if any(
            key in decision.permitted
            for tier in routes[choice]
            if tier in principal.tiers
            for key in rules.policy.tiers[tier]
        )
    ]
    if open_choices:
        return f"Ask for one of: {', '.join(open_choices)}."
    tiers = dict.fromkeys(tier.value for choice in choices for tier in routes[choice])
    return f"Use a key that may use one of the tiers {', '.join(tiers)}."
