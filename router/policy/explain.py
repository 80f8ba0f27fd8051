"""A decision as JSON, for whoever asks why: every model, in or out, and the reasons."""

from __future__ import annotations

from router.audit.record_content import features_content
from router.domain import Classification, Decision, Expectation, Json, JsonObject
from router.escalation.plan import Cascading
from router.policy.explain_cascade import explain_cascade
from router.policy.policy import Policy, Rules


def explain(
    decision: Decision,
    classification: Classification,
    rules: Rules,
    cascading: Cascading | None = None,
    *,
    stream: bool = False,
) -> JsonObject:
    """What `POST /v1/route` returns. Entity types and counts, never where or what they are.

    `models` has every model of the registry in its order: `excluded_by` is empty for those that
    are permitted, and `order` counts from 1 along the plan, null for what is not in it. `expected`
    is what a model was ranked by, null for one that was not. `cascade` is as `explain_cascade` has
    it: `cascading` is tried, or the decision's reasons say why nothing is.
    """
    order = {step.model.key: place for place, step in enumerate(decision.plan, start=1)}
    tiers = {step.model.key: step.tier for step in decision.plan}
    expected = {each.model: each for each in decision.expectations}
    codes: dict[str, list[Json]] = {}
    for item in decision.excluded:
        codes.setdefault(item.model, []).append(item.code)
    models: list[Json] = [
        {
            "model": model.key,
            "location": model.location.value,
            "permitted": model.key in decision.permitted,
            "excluded_by": codes.get(model.key, []),
            "order": order.get(model.key),
            "tier": None if (tier := tiers.get(model.key)) is None else tier.value,
            "expected": _expected(expected.get(model.key)),
        }
        for model in rules.registry.models
    ]
    return {
        "object": "ringfence.route",
        "choice": decision.choice,
        "data_class": classification.data_class.label,
        "basis": [basis.value for basis in classification.basis],
        "entity_counts": dict(classification.entity_counts),
        "exceptions": list(classification.exceptions),
        "detector_version": classification.detector_version,
        "task": decision.features.task.value,
        "task_basis": decision.features.task_basis.value,
        "features": features_content(decision.features),
        "models": models,
        "plan": [step.model.key for step in decision.plan],
        "cascade": explain_cascade(decision, cascading, stream=stream),
        "reasons": list(decision.reasons),
        "latency_objectives": _objectives(decision, rules.policy),
        "on_nothing_available": "refuse",
        "policy_digest": decision.policy_digest,
    }


def _expected(said: Expectation | None) -> JsonObject | None:
    """Quality in [0, 1], US dollars, seconds, and utility in parts of one right answer."""
    if said is None:
        return None
    return {
        "quality": said.quality,
        "cost_usd": said.cost_nano_usd / 1e9,
        "latency_s": said.latency_s,
        "utility": said.utility,
    }


def _objectives(decision: Decision, policy: Policy) -> JsonObject:
    """Of the plan's tiers, those that promise something."""
    tiers = dict.fromkeys(step.tier for step in decision.plan if step.tier is not None)
    return {
        tier.value: {"ttft_ms": objective.ttft_ms, "total_ms": objective.total_ms}
        for tier in tiers
        if (objective := policy.latency_objectives.get(tier)) is not None
    }
