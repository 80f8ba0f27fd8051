"""What stands around a part to count it changes nothing of what the part does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from router.domain import Finding, Segment
from router.errors import DetectionTimeout, DetectorCrashed, DetectorOverloaded
from router.protocols import Settling
from router.registry.providers import Contract, Provider
from serving.replica_counts import ReplicaCount
from serving.telemetry.cluster_state import replica_state
from serving.telemetry.detector import UNFORESEEN, WatchedDetector
from serving.telemetry.families import Families
from serving.telemetry.http import route_of
from serving.telemetry.rules_state import last_days

FOUND = (Finding("PERSON", 0, 0, 4, 0.9),)
SEGMENTS = (Segment("messages[0].content", "Jane"),)


class Detector:
    version = "test/1"

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        if self._error is not None:
            raise self._error
        return FOUND


async def test_a_watched_detector_answers_as_it_would_unwatched() -> None:
    registry = CollectorRegistry()
    watched = WatchedDetector(Detector(), Families(registry))

    assert await watched.detect(SEGMENTS) == FOUND
    assert watched.version == "test/1"
    assert registry.get_sample_value("ringfence_detection_duration_seconds_count") == 1


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (DetectionTimeout("x"), "timeout"),
        (DetectorOverloaded("x"), "overloaded"),
        (DetectorCrashed("x"), "crashed"),
        (ValueError("cannot scan Jane"), UNFORESEEN),
    ],
)
async def test_each_failure_is_counted_by_its_cause_and_passed_on(
    error: Exception, cause: str
) -> None:
    registry = CollectorRegistry()
    watched = WatchedDetector(Detector(error), Families(registry))

    with pytest.raises(type(error)):
        await watched.detect(SEGMENTS)

    failures = "ringfence_detection_failures_total"
    assert registry.get_sample_value(failures, {"cause": cause}) == 1


def test_failures_that_never_happened_are_at_nought() -> None:
    registry = CollectorRegistry()
    WatchedDetector(Detector(), Families(registry))

    assert (
        registry.get_sample_value("ringfence_detection_failures_total", {"cause": "timeout"}) == 0
    )


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v1/chat/completions", "/v1/chat/completions"),
        ("/private/v1/chat/completions", "/v1/chat/completions"),
        ("/v1/records/0199f0a4", "/v1/records"),
        ("/v1/models/large@1", "/v1/models"),
        ("/private", "other"),
        ("/v1/recordsandmore", "other"),
    ],
)
def test_a_route_is_shown_without_what_the_client_wrote_into_it(path: str, route: str) -> None:
    assert route_of(path) == route


@given(st.text())
def test_there_are_few_routes_whatever_is_asked_for(path: str) -> None:
    assert route_of(f"/{path}") in {"other", "/healthz", "/metrics"} or path.startswith(
        ("v1/", "private/")
    )


def test_a_replica_that_is_missing_shows_beside_what_is_wanted() -> None:
    wanted, running = replica_state({"large@1": ReplicaCount(wanted=2, running=1)})

    assert [sample.value for sample in (*wanted.samples, *running.samples)] == [2, 1]


def test_of_several_contracts_the_last_to_end_counts_and_one_without_end_never_does() -> None:
    def contract(kind: str, expires: date | None) -> Contract:
        return Contract(kind=kind, signed=date(2026, 1, 1), expires=expires, covers=frozenset())

    contracts = (
        contract("DPA", date(2026, 12, 1)),
        contract("DPA", date(2027, 2, 1)),
        contract("BAA", date(2026, 12, 1)),
        contract("BAA", None),
    )

    days = last_days(Provider(name="outside", contracts=contracts))

    assert days == {"DPA": date(2027, 2, 1)}
