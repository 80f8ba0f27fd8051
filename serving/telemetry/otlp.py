"""Whether there are traces, and where they go: OpenTelemetry's own variables say it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

from router.errors import ConfigError, ConfigProblem
from router.protocols import Clock
from serving.telemetry.gateway_telemetry import Tracing

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def traces_from(environment: Mapping[str, str], clock: Clock) -> Tracing | None:
    """Traces over OTLP/HTTP, or None where no endpoint is named.

    Effects: as `Traces`. Raises ConfigError where there is an endpoint and nothing to send with.
    """
    named = next((name for name in ENDPOINTS if environment.get(name)), None)
    if named is None or environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    if find_spec("opentelemetry.exporter.otlp.proto.http") is None:
        problem = "it asks for traces, and OpenTelemetry is not installed"
        cure = f"install ringfence[otel], or unset {named}"
        raise ConfigError((ConfigProblem(named, None, problem, cure),))
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 -- an extra
        OTLPSpanExporter,
    )

    from serving.telemetry.traces import Traces  # noqa: PLC0415 -- an extra

    return Traces(OTLPSpanExporter(), clock)
