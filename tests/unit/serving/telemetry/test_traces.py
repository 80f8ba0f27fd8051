"""A request's trace: where its time went, and nothing of what it said."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from router.domain import OutcomeStatus
from router.telemetry.ended import RequestEnded
from serving.telemetry.otlp import traces_from
from serving.telemetry.traces import Traces
from tests.ended_requests import MODEL, REQUEST_ID, ended_request

EPOCH_S = 1_000_000_000.0
THEIRS = "0af7651916cd43dd8448eb211c80319c"


class FixedClock:
    """The monotonic clock is EPOCH_S behind."""

    def now_s(self) -> float:
        return EPOCH_S + 200.0

    def monotonic_s(self) -> float:
        return 200.0


def drawn(*ended: RequestEnded) -> tuple[ReadableSpan, ...]:
    exporter = InMemorySpanExporter()
    traces = Traces(exporter, FixedClock())
    for each in ended:
        traces.request_ended(each)
    traces.close()
    return exporter.get_finished_spans()


def root_of(spans: tuple[ReadableSpan, ...]) -> ReadableSpan:
    (root,) = (span for span in spans if span.parent is None)
    return root


def times_s(span: ReadableSpan) -> tuple[float, float]:
    assert span.start_time is not None
    assert span.end_time is not None
    return span.start_time * 1e-9 - EPOCH_S, span.end_time * 1e-9 - EPOCH_S


def test_a_record_leads_to_its_trace() -> None:
    spans = drawn(ended_request())

    assert {span.context.trace_id for span in spans if span.context} == {UUID(REQUEST_ID).int}
    assert root_of(spans).name == f"chat {MODEL.key}"
    assert root_of(spans).kind is SpanKind.SERVER


def test_each_step_is_drawn_where_it_was() -> None:
    spans = drawn(ended_request())
    steps = {span.name: times_s(span) for span in spans if span.kind is SpanKind.INTERNAL}

    assert list(steps) == ["classify", "decide", "record", "dispatch", "deliver", "close"]
    assert steps["dispatch"] == pytest.approx((100.25, 101.0), abs=1e-5)
    assert steps["close"] == pytest.approx((103.0, 103.5), abs=1e-5)
    assert times_s(root_of(spans)) == pytest.approx((100.0, 103.5), abs=1e-5)


def test_each_try_is_drawn_within_the_step_that_made_it() -> None:
    spans = drawn(ended_request())
    (dispatch,) = (span for span in spans if span.name == "dispatch")
    failed, answered = (span for span in spans if span.kind is SpanKind.CLIENT)

    assert failed.parent == answered.parent == dispatch.context
    assert dict(failed.attributes or {}) == {
        "gen_ai.request.model": "small@1",
        "ringfence.outcome": "BackendUnreachable",
    }
    assert times_s(failed) == pytest.approx((100.25, 100.5), abs=1e-5)
    assert times_s(answered) == pytest.approx((100.75, 101.0), abs=1e-5)


def test_the_root_says_what_opentelemetry_asks_for() -> None:
    said = dict(root_of(drawn(ended_request())).attributes or {})

    assert said["gen_ai.operation.name"] == "chat"
    assert said["gen_ai.request.model"] == "auto"
    assert said["gen_ai.response.model"] == MODEL.key
    assert (said["gen_ai.usage.input_tokens"], said["gen_ai.usage.output_tokens"]) == (30, 11)
    assert said["ringfence.data_class"] == "restricted"
    assert "error.type" not in said


def test_a_failure_is_one_in_the_trace_and_a_refusal_is_none() -> None:
    ended = ended_request()

    def with_status(status: OutcomeStatus, code: str) -> RequestEnded:
        return replace(ended, outcome=replace(ended.outcome, status=status, error_code=code))

    failed = root_of(drawn(with_status(OutcomeStatus.FAILED, "nothing_available")))
    refused = root_of(drawn(with_status(OutcomeStatus.REFUSED, "budget_exceeded")))

    assert (failed.status.status_code, refused.status.status_code) == (
        StatusCode.ERROR,
        StatusCode.UNSET,
    )
    assert (failed.attributes or {})["error.type"] == "nothing_available"


def test_the_client_s_own_trace_is_linked_and_not_continued() -> None:
    root = root_of(drawn(ended_request(traceparent=f"00-{THEIRS}-b7ad6b7169203331-00")))

    (link,) = root.links
    assert link.context.trace_id == int(THEIRS, 16)
    assert root.parent is None


@given(
    st.one_of(
        st.text(max_size=60),
        st.just(f"00-{'0' * 32}-b7ad6b7169203331-01"),
        st.just(f"00-{THEIRS}-{'0' * 16}-01"),
        st.just(f"ff-{THEIRS}-b7ad6b7169203331-01"),
        st.just(f"00-{THEIRS}-b7ad6b7169203331-01-more"),
    )
)
def test_what_is_no_traceparent_is_told_to_nobody(header: str) -> None:
    assert root_of(drawn(ended_request(traceparent=header))).links == ()


def test_two_requests_have_two_traces() -> None:
    other = "0199f0a4-7d4e-7cc1-9f3e-3f6a4c0d5e22"

    spans = drawn(ended_request(), ended_request(request_id=other))

    assert len({span.context.trace_id for span in spans if span.context}) == 2


@contextmanager
def receiver() -> Iterator[tuple[str, list[str]]]:
    """Something that takes OTLP over HTTP on loopback: its address, and the paths it was sent."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            paths.append(self.path)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", paths
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_traces_go_to_the_endpoint_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with receiver() as (url, paths):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        traces = traces_from({"OTEL_EXPORTER_OTLP_ENDPOINT": url}, FixedClock())
        assert traces is not None
        traces.request_ended(ended_request())
        traces.close()

    assert paths == ["/v1/traces"]


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"},
    ],
)
def test_without_an_endpoint_there_are_no_traces(environment: dict[str, str]) -> None:
    assert traces_from(environment, FixedClock()) is None
