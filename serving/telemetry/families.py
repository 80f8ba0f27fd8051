"""The metrics that a gateway counts as requests end: names, labels, buckets.

Names that begin with `gen_ai_` are OpenTelemetry's (semantic conventions for generative AI, metrics
of clients and model servers) in Prometheus's spelling, with the buckets that are advised there. The
others are ours. Labels are registry keys, codes of ours and names out of the policy or of teams.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from serving.telemetry.itl_histogram import ItlHistogram

_TOKENS = tuple(4**power for power in range(14))
_DURATION_S = tuple(0.01 * 2**power for power in range(14))
_FIRST_TOKEN_S = (
    *(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5),
    *(0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
)
_PER_TOKEN_S = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5)
_STEP_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0)

_GEN_AI = ("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_response_model", "tier")


class Families:
    """Registers every one of them with `registry`; there are no others of a gateway's own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(name, what, labels, registry=registry)

        def histogram(name: str, what: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(name, what, labels, buckets=buckets, registry=registry)

        self.duration_s = histogram(
            "gen_ai_server_request_duration_seconds",
            "From a request's beginning until its outcome was durable.",
            _DURATION_S,
            *_GEN_AI,
            "error_type",
        )
        self.first_token_s = histogram(
            "gen_ai_server_time_to_first_token_seconds",
            "From a request's beginning until its model began to answer; streams alone.",
            _FIRST_TOKEN_S,
            *_GEN_AI,
        )
        self.per_token_s = histogram(
            "gen_ai_server_time_per_output_token_seconds",
            "Between the tokens after the first; streams alone.",
            _PER_TOKEN_S,
            *_GEN_AI,
        )
        self.itl = ItlHistogram(
            "ringfence_inter_token_latency_seconds",
            "From one piece of a stream's text, one token or several, to the next, as they go out.",
            _GEN_AI,
            registry,
        )
        self.token_usage = histogram(
            "gen_ai_client_token_usage",
            "Tokens of one request, as its backend counted them.",
            _TOKENS,
            *_GEN_AI,
            "gen_ai_token_type",
        )
        self.requests = counter(
            "ringfence_requests_total",
            "Requests that were decided on, by how they ended.",
            *("data_class", "choice", "tier", "model", "status", "http_status", "code"),
        )
        self.classifications = counter(
            "ringfence_classifications_total",
            "Data classes given, once for each basis that reaches the class.",
            *("data_class", "basis"),
        )
        self.findings = counter(
            "ringfence_findings_total",
            "Findings by entity type, in requests and in answers.",
            *("entity_type", "where"),
        )
        self.output_undetermined = counter(
            "ringfence_output_undetermined_total", "Answers of which not all could be judged."
        )
        self.team_requests = counter(
            "ringfence_team_requests_total",
            "Requests by team.",
            *("team", "data_class", "status"),
        )
        self.tokens = counter(
            "ringfence_tokens_total", "Tokens by team and model.", "team", "model", "type"
        )
        self.cost_usd = counter(
            "ringfence_cost_usd_total", "US dollars, by the registry's prices.", "team", "model"
        )
        self.attempts = counter(
            "ringfence_attempts_total",
            "Tries of one model for one request, by how each ended.",
            *("model", "outcome"),
        )
        self.attempt_s = histogram(
            "ringfence_attempt_duration_seconds",
            "A try, until the model began to answer or failed; waits for a place, too.",
            _FIRST_TOKEN_S,
            *("model", "outcome"),
        )
        self.fallbacks = counter(
            "ringfence_fallbacks_total",
            "Models that were tried in vain before another one answered.",
            "model",
        )
        self.escalations = counter(
            "ringfence_escalations_total",
            "Cheaper models' answers that were judged, by what decided and whether they were kept.",
            *("from", "to", "signal", "kept"),
        )
        self.judged_s = histogram(
            "ringfence_escalation_judged_seconds",
            "From a cheaper model's whole answer until it was settled whether it is kept.",
            _STEP_S,
            "signal",
        )
        self.egress_refused = counter(
            "ringfence_egress_refused_total",
            "Bodies that the transport let out to no socket, for want of a clearance.",
            "model",
        )
        self.steps_s = histogram(
            "ringfence_step_duration_seconds",
            "What a request spends on each step of its way.",
            _STEP_S,
            "step",
        )
        self.detection_s = histogram(
            "ringfence_detection_duration_seconds",
            "One question to the detector, answered or not; what was seen before is not asked.",
            _STEP_S,
        )
        self.detection_failures = counter(
            "ringfence_detection_failures_total",
            "Questions that the detector had no answer to: what asked is undetermined.",
            "cause",
        )
        self.http_requests = counter(
            "ringfence_http_requests_total",
            "HTTP requests by route, those that were refused at the gate among them.",
            *("route", "method", "status"),
        )
        self.http_in_flight = Gauge(
            "ringfence_http_requests_in_flight",
            "HTTP requests that are being answered.",
            registry=registry,
        )
