"""From the end of a request to the counters."""

from __future__ import annotations

from functools import cache
from typing import Any

from router.domain import Endpoint
from router.telemetry.ended import RequestEnded
from serving.telemetry.families import Families
from serving.telemetry.names import BoundedNames

NONE = "none"
NANO = 1e-9
EGRESS_REFUSED = "EgressRefused"

_OPERATIONS = {
    Endpoint.CHAT: "chat",
    Endpoint.COMPLETIONS: "text_completion",
    Endpoint.EMBEDDINGS: "embeddings",
}


class RequestMetrics:
    """An Observer. Called by one event loop; the families themselves are thread-safe."""

    def __init__(self, families: Families, teams: BoundedNames) -> None:
        self._families = families
        self._teams = teams
        self._entity_types = BoundedNames()
        # Looking a series up costs more than counting in it.
        self._of = cache(_child)

    def request_ended(self, ended: RequestEnded) -> None:
        families, of, outcome = self._families, self._of, ended.outcome
        model, tier = outcome.model or NONE, outcome.tier or NONE
        code = outcome.error_code or NONE
        data_class = ended.classification.data_class.label if ended.classification else NONE
        status = outcome.status.value
        of(
            families.requests,
            *(data_class, ended.choice, tier, model, status, str(outcome.http_status), code),
        ).inc()
        team = self._teams(ended.team)
        of(families.team_requests, team, data_class, status).inc()
        gen_ai = operation(ended), provider(ended), model, tier
        of(families.duration_s, *gen_ai, code).observe(ended.ended_s - ended.began_s)
        for step in ended.steps:
            of(families.steps_s, step.step.value).observe(step.ended_s - step.began_s)
        self._tries(ended)
        self._escalation(ended, team)
        self._privacy(ended, data_class)
        if ended.model is not None:
            self._answer(ended, team, gen_ai)

    def _tries(self, ended: RequestEnded) -> None:
        families, of = self._families, self._of
        for attempt in ended.outcome.attempts:
            of(families.attempts, attempt.model, attempt.outcome).inc()
            of(families.attempt_s, attempt.model, attempt.outcome).observe(attempt.latency_s)
            if attempt.outcome == EGRESS_REFUSED:
                of(families.egress_refused, attempt.model).inc()
        if ended.model is not None:
            for model in ended.fallbacks:
                of(families.fallbacks, model).inc()

    def _escalation(self, ended: RequestEnded, team: str) -> None:
        families, of, found = self._families, self._of, ended.outcome.escalation
        for attempt in ended.outcome.attempts:
            if attempt.usage is not None:
                tokens = attempt.usage.input_tokens, attempt.usage.output_tokens
                for kind, count in zip(("input", "output"), tokens, strict=True):
                    of(families.tokens, team, attempt.model, kind).inc(count)
                of(families.cost_usd, team, attempt.model).inc(attempt.cost_nano_usd * NANO)
        if found is not None:
            kept = "true" if found.kept else "false"
            pair = found.cheap_model, found.strong_model
            of(families.escalations, *pair, found.signal, kept).inc()
            of(families.judged_s, found.signal).observe(found.judged_in_s)

    def _privacy(self, ended: RequestEnded, data_class: str) -> None:
        families, of = self._families, self._of
        if ended.classification is not None:
            for basis in ended.classification.basis:
                of(families.classifications, data_class, basis.value).inc()
            for entity_type, count in ended.classification.entity_counts.items():
                of(families.findings, self._entity_types(entity_type), "request").inc(count)
        for entity_type, count in ended.outcome.output_findings.items():
            of(families.findings, self._entity_types(entity_type), "answer").inc(count)
        if ended.outcome.output_undetermined:
            families.output_undetermined.inc()

    def _answer(self, ended: RequestEnded, team: str, gen_ai: tuple[str, ...]) -> None:
        families, of, outcome = self._families, self._of, ended.outcome
        model = outcome.model or NONE
        for kind, tokens in (
            ("input", outcome.usage.input_tokens),
            ("output", outcome.usage.output_tokens),
        ):
            of(families.token_usage, *gen_ai, kind).observe(tokens)
            of(families.tokens, team, model, kind).inc(tokens)
        beside_nano_usd = sum(attempt.cost_nano_usd for attempt in outcome.attempts)
        own_nano_usd = outcome.cost_nano_usd - beside_nano_usd
        of(families.cost_usd, team, model).inc(own_nano_usd * NANO)
        first_token_s, per_token_s = ended.time_to_first_token_s, ended.time_per_output_token_s
        if first_token_s is not None:
            of(families.first_token_s, *gen_ai).observe(first_token_s)
        if per_token_s is not None:
            of(families.per_token_s, *gen_ai).observe(per_token_s)
        if ended.itl is not None:
            families.itl.add(gen_ai, ended.itl)


def operation(ended: RequestEnded) -> str:
    """OpenTelemetry's gen_ai.operation.name."""
    return _OPERATIONS[ended.endpoint]


def provider(ended: RequestEnded) -> str:
    """OpenTelemetry's gen_ai.provider.name: the dialect that the model was spoken to in."""
    return NONE if ended.model is None else ended.model.dialect.value


def _child(family: Any, *values: str) -> Any:
    return family.labels(*values)
