"""What Ray raises at the caller of a handle is one of the typed outcomes, without its text."""

from __future__ import annotations

import threading

import pytest
from ray.exceptions import ActorDiedError, RayTaskError

from router.errors import (
    BackendBroken,
    BackendFailure,
    BackendOverloaded,
    BackendRejected,
    BackendUnreachable,
)
from serving.handle import outcome_of
from serving.live_fleet import LiveFleet
from serving.replica_watch import ReplicaWatch
from tests.stack import until


def in_a_task(cause: Exception) -> RayTaskError:
    return RayTaskError("attempt", "Traceback: a secret prompt", cause)


@pytest.mark.parametrize(
    ("raised", "outcome"),
    [
        (in_a_task(BackendRejected("status 400")), BackendRejected),
        (in_a_task(BackendOverloaded("status 429", 3.0)), BackendOverloaded),
        (in_a_task(ValueError("a secret prompt")), BackendBroken),
        (ActorDiedError(), BackendUnreachable),
        (BackendRejected("status 400"), BackendRejected),
    ],
)
def test_outcomes_cross_processes(raised: Exception, outcome: type[BackendFailure]) -> None:
    told = outcome_of(raised)
    assert type(told) is outcome
    assert "secret" not in str(told)


def test_a_retry_after_crosses_as_well() -> None:
    assert outcome_of(in_a_task(BackendOverloaded("status 429", 3.0))).retry_after_s == 3.0


def test_a_deployment_without_replicas_is_known_to_be_down() -> None:
    counted = threading.Event()

    def count() -> dict[str, int]:
        counted.set()
        return {"up@1": 1, "down@1": 0}

    watch = ReplicaWatch(count)
    watch.start()
    assert counted.wait(5)
    watch.close()
    assert watch.is_up("up@1")
    assert not watch.is_up("down@1")
    assert not watch.is_up("never deployed")


async def test_a_deployment_that_has_come_up_meanwhile_is_not_refused() -> None:
    started = threading.Event()
    watch = ReplicaWatch(lambda: {"model@1": int(started.is_set())})
    watch.start()
    try:
        until(lambda: not watch.is_up("model@1"))
        started.set()
        assert not await watch.is_down("model@1")
    finally:
        watch.close()


async def test_a_deployment_that_stays_down_is_said_to_be() -> None:
    watch = ReplicaWatch(lambda: {"model@1": 0})
    watch.start()
    try:
        until(lambda: not watch.is_up("model@1"))
        assert await watch.is_down("model@1")
    finally:
        watch.close()


def test_when_replicas_cannot_be_counted_they_are_taken_to_run() -> None:
    asked = threading.Event()

    def count() -> dict[str, int]:
        asked.set()
        raise ConnectionError

    watch = ReplicaWatch(count)
    watch.start()
    assert asked.wait(5)
    watch.close()
    assert watch.is_up("any@1")


def test_places_are_counted_by_the_replicas_that_run() -> None:
    counted: dict[str, int] = {}
    watch = ReplicaWatch(lambda: dict(counted))
    fleet = LiveFleet(watch, "gateway")
    assert (fleet.replicas("model@1"), fleet.gateways()) == (None, None)
    counted |= {"model@1": 3, "gateway": 2, "adapter-acme": 1}
    watch.start()
    try:
        until(lambda: fleet.gateways() == 2)
    finally:
        watch.close()
    assert fleet.replicas("model@1") == 3
    assert fleet.replicas("one-of-acmes@1") is None
