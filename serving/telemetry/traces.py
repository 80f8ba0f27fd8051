"""OpenTelemetry traces: one for each request, made of what is known when it is over.

Spans are drawn afterwards and carry the times at which things happened, so that nothing of this is
on a request's way. A trace's id is the request's own: a record leads to its trace and back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.trace import (
    Link,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)
from opentelemetry.util.types import AttributeValue

from router.domain import Attempt, OutcomeStatus
from router.protocols import Clock
from router.telemetry.ended import RequestEnded
from router.telemetry.steps import Step
from serving.telemetry.request_metrics import NANO, NONE, operation, provider

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_FAILED = frozenset({OutcomeStatus.FAILED, OutcomeStatus.PARTIAL})


class Traces:
    """An Observer; of one event loop. Attributes are OpenTelemetry's for generative AI, and ours.

    Effects: owns the thread that sends spans, from the beginning until `close`. How many are kept,
    and where they go, is what OTEL_… says in the environment.
    """

    def __init__(self, exporter: SpanExporter, clock: Clock) -> None:
        self._clock = clock
        self._ids = _RequestIds()
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": "ringfence"}),
            id_generator=self._ids,
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("ringfence")

    def close(self) -> None:
        """Sends what has not been sent."""
        self._provider.shutdown()

    def request_ended(self, ended: RequestEnded) -> None:
        self._ids.trace_id = UUID(ended.request_id).int
        epoch_s = self._clock.now_s() - self._clock.monotonic_s()
        drawing = _Drawing(self._tracer, epoch_s)
        root = drawing.begin(
            f"{operation(ended)} {ended.outcome.model or ended.choice}",
            ended.began_s,
            SpanKind.SERVER,
            attributes=_attributes(ended),
            links=_links(ended.traceparent),
        )
        for step in ended.steps:
            span = drawing.begin(step.step.value, step.began_s, within=root)
            if step.step is Step.DISPATCH:
                for attempt in ended.outcome.attempts:
                    drawing.attempt(attempt, within=span)
            drawing.end(span, step.ended_s)
        if ended.outcome.status in _FAILED:
            root.set_status(Status(StatusCode.ERROR))
        drawing.end(root, ended.ended_s)


class _Drawing:
    """Spans at times that are past; `epoch_s` is what the monotonic clock is behind."""

    def __init__(self, tracer: Tracer, epoch_s: float) -> None:
        self._tracer = tracer
        self._epoch_s = epoch_s

    def begin(
        self,
        name: str,
        at_s: float,
        kind: SpanKind = SpanKind.INTERNAL,
        *,
        within: Span | None = None,
        attributes: Mapping[str, AttributeValue] | None = None,
        links: tuple[Link, ...] = (),
    ) -> Span:
        context = None if within is None else set_span_in_context(within)
        return self._tracer.start_span(
            name, context, kind, dict(attributes or {}), links, start_time=self._ns(at_s)
        )

    def end(self, span: Span, at_s: float) -> None:
        span.end(self._ns(at_s))

    def attempt(self, attempt: Attempt, *, within: Span) -> None:
        if attempt.began_s is None:
            return  # nothing was sent: the model was not tried
        said = {"gen_ai.request.model": attempt.model, "ringfence.outcome": attempt.outcome}
        span = self.begin(
            "attempt", attempt.began_s, SpanKind.CLIENT, within=within, attributes=said
        )
        self.end(span, attempt.began_s + attempt.latency_s)

    def _ns(self, at_s: float) -> int:
        return round((self._epoch_s + at_s) / NANO)


class _RequestIds(IdGenerator):
    """Traces have the ids that they are told, spans random ones."""

    def __init__(self) -> None:
        self.trace_id = 0
        self._random = RandomIdGenerator()

    def generate_span_id(self) -> int:
        return self._random.generate_span_id()

    def generate_trace_id(self) -> int:
        return self.trace_id


def _attributes(ended: RequestEnded) -> dict[str, AttributeValue]:
    outcome = ended.outcome
    said: dict[str, AttributeValue] = {
        "gen_ai.operation.name": operation(ended),
        "gen_ai.provider.name": provider(ended),
        "gen_ai.request.model": ended.choice,
        "gen_ai.response.model": outcome.model or NONE,
        "gen_ai.usage.input_tokens": outcome.usage.input_tokens,
        "gen_ai.usage.output_tokens": outcome.usage.output_tokens,
        "http.response.status_code": outcome.http_status,
        "ringfence.team": ended.team,
        "ringfence.tier": outcome.tier or NONE,
        "ringfence.status": outcome.status.value,
        "ringfence.cost_usd": outcome.cost_nano_usd * NANO,
    }
    if outcome.error_code is not None:
        said["error.type"] = outcome.error_code
    if ended.policy_digest is not None:
        said["ringfence.policy_digest"] = ended.policy_digest
    if ended.classification is not None:
        said["ringfence.data_class"] = ended.classification.data_class.label
        said["ringfence.basis"] = [basis.value for basis in ended.classification.basis]
    return said


def _links(traceparent: str | None) -> tuple[Link, ...]:
    """The client's own span as a link. It is no parent: a client that says whose child a request is
    would put it into traces of others, and choose by its flag whether it is traced at all.
    """
    found = _TRACEPARENT.fullmatch(traceparent or "")
    if found is None:
        return ()
    trace_id, span_id, flags = (int(part, 16) for part in found.groups())
    return (Link(SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))),)
