"""What a record says: the decision and the outcome as JSON, with nothing of a text in it (I6)."""

from __future__ import annotations

import re

from router.domain import (
    Attempt,
    Classification,
    Decision,
    InferenceRequest,
    Json,
    JsonObject,
    Outcome,
    Principal,
    Tier,
)
from router.task import Escalation, Features

_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}(\[[0-9]+\])?")
_MAX_PARAMETER = 2**53
_PARAMETERS = (
    "frequency_penalty",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "n",
    "presence_penalty",
    "seed",
    "temperature",
    "top_logprobs",
    "top_p",
)


def decision_content(
    request: InferenceRequest,
    principal: Principal,
    classification: Classification,
    decision: Decision,
) -> JsonObject:
    """Who asked, what was found, what may see it and why, and in which order it is tried."""
    return {
        "team": principal.team,
        "key_id": principal.key_id,
        "user": principal.user,
        "purpose": principal.purpose,
        "endpoint": request.endpoint.value,
        "choice": decision.choice,
        "stream": request.stream,
        "private_only": request.private_only,
        "parameters": _parameters(request.body),
        "stakes": request.stakes,
        "data_class": classification.data_class.label,
        "basis": [basis.value for basis in classification.basis],
        "entity_counts": dict(classification.entity_counts),
        "exceptions": list(classification.exceptions),
        "detector_version": classification.detector_version,
        "permitted": list(decision.permitted),
        "excluded": [
            {"model": exclusion.model, "code": exclusion.code} for exclusion in decision.excluded
        ],
        "plan": [step.model.key for step in decision.plan],
        "weights_digests": {step.model.key: step.model.weights_digest for step in decision.plan},
        "reasons": list(decision.reasons),
        "policy_digest": decision.policy_digest,
        "task": decision.features.task.value,
        "task_basis": decision.features.task_basis.value,
        "features": features_content(decision.features),
    }


def outcome_content(outcome: Outcome) -> JsonObject:
    """What became of it: every attempt, and the model, usage and cost of the one that answered."""
    return {
        "status": outcome.status.value,
        "http_status": outcome.http_status,
        "error_code": outcome.error_code,
        "model": outcome.model,
        "weights_digest": outcome.weights_digest,
        "tier": _label(outcome.tier),
        "attempts": [_attempt(attempt) for attempt in outcome.attempts],
        "cost_nano_usd": outcome.cost_nano_usd,
        "ttft_s": outcome.ttft_s,
        "latency_s": outcome.latency_s,
        "dropped_fields": [_recordable(name) for name in outcome.dropped_fields],
        "output_findings": dict(outcome.output_findings),
        "output_action": outcome.output_action and outcome.output_action.value,
        "output_undetermined": outcome.output_undetermined,
        "input_tokens": outcome.usage.input_tokens,
        "output_tokens": outcome.usage.output_tokens,
        "escalation": None if outcome.escalation is None else _escalation(outcome.escalation),
    }


def _attempt(attempt: Attempt) -> JsonObject:
    return {
        "model": attempt.model,
        "tier": _label(attempt.tier),
        "outcome": attempt.outcome,
        "latency_s": attempt.latency_s,
        "origin": attempt.origin,
        **_taken(attempt),
    }


def _taken(attempt: Attempt) -> JsonObject:
    """Of what was beside the answer; what the answer took is the outcome's. And whether that, in
    either place, was estimated.
    """
    estimated: JsonObject = {"estimated": True} if attempt.estimated else {}
    if attempt.usage is None:
        return estimated
    return estimated | {
        "input_tokens": attempt.usage.input_tokens,
        "output_tokens": attempt.usage.output_tokens,
        "cost_nano_usd": attempt.cost_nano_usd,
    }


def features_content(features: Features) -> JsonObject:
    """Beside the task, which has columns of its own."""
    return {
        "input_tokens": features.input_tokens,
        "max_output_tokens": features.max_output_tokens,
        "language": features.language,
        "answer_format": features.answer_format.value,
        "has_tools": features.has_tools,
        "in_tool_loop": features.in_tool_loop,
        "turns": features.turns,
        "conversation_model": features.conversation_model,
        "escalated_before": features.escalated_before,
    }


def _escalation(escalation: Escalation) -> JsonObject:
    return {
        "cheap_model": escalation.cheap_model,
        "strong_model": escalation.strong_model,
        "signal": escalation.signal,
        "kept": escalation.kept,
        "score": escalation.score,
        "cheap_cost_nano_usd": escalation.cheap_cost_nano_usd,
        "judged_in_s": escalation.judged_in_s,
    }


def _label(tier: Tier | None) -> str | None:
    return None if tier is None else tier.value


def _parameters(body: JsonObject) -> JsonObject:
    """Numbers and switches that steer the model. A string in their place would be content.

    Where no schema of ours looks at a field there may be a number beyond all reason in it.
    """
    said: dict[str, Json] = {name: body.get(name) for name in _PARAMETERS}
    return {
        name: value
        for name, value in said.items()
        if isinstance(value, int | float) and -_MAX_PARAMETER <= value <= _MAX_PARAMETER
    }


def _recordable(field_name: str) -> str:
    """Clients name their fields: what does not look like a name could be content (I6)."""
    return field_name if _FIELD_NAME.fullmatch(field_name) else "?"
