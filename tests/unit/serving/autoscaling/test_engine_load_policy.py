"""The policy in Ray Serve's hands: its configuration, its context, its delays."""

from __future__ import annotations

from typing import Any

import pytest
from ray.serve._private.autoscaling_state import DeploymentAutoscalingState
from ray.serve._private.common import DeploymentID, ReplicaID, ReplicaMetricReport, TimeStampedValue
from ray.serve._private.config import DeploymentConfig
from ray.serve._private.deployment_info import DeploymentInfo
from ray.serve.config import AutoscalingConfig

from serving.autoscaling.policy import ReplicaLoad
from serving.autoscaling.reports import report_of
from serving.autoscaling.serve_policy import targets_told
from tests.unit.serving.cluster.fleets import engine, fleet

OWN = DeploymentID("own@1", "own@1")
FIRST, SECOND = ReplicaID("first", OWN), ReplicaID("second", OWN)


@pytest.fixture
def now_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Serve's clock; its only item can be changed."""
    now = [1000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    return now


class Controller:
    """What Serve's controller keeps of one deployment, which it asks ten times a second."""

    def __init__(self, rule: dict[str, Any], *replicas: ReplicaID) -> None:
        entry = engine(replicas={"min": 1, "max": 4}, autoscaling=rule)
        made = fleet(entry)["own@1"]
        self._targets = targets_told(made.options["user_config"])  # type: ignore[arg-type]
        config = AutoscalingConfig(**made.autoscaling)  # type: ignore[arg-type]
        deployment = DeploymentConfig(autoscaling_config=config)
        # As it goes from one process of Serve's to the other.
        received = DeploymentConfig.from_proto_bytes(deployment.to_proto_bytes())
        self._state = DeploymentAutoscalingState(OWN)
        self._state.register(
            DeploymentInfo(
                deployment_config=received,
                replica_config=None,  # type: ignore[arg-type]
                start_time_ms=0,
                deployer_job_id="",
                version="1",
            ),
            len(replicas),
        )
        self._state.update_running_replica_ids(list(replicas))

    def hear(self, replica: ReplicaID, load: ReplicaLoad, now_s: float) -> None:
        said = report_of(load, self._targets)
        metrics = {name: [TimeStampedValue(now_s, value)] for name, value in said.items()}
        report = ReplicaMetricReport(replica_id=replica, timestamp=now_s, metrics=metrics)
        self._state.record_request_metrics_for_replica(report)

    def wants(self, wanted: int) -> int:
        """`wanted` is what it wants already."""
        return self._state.get_decision_num_replicas(wanted)


def test_it_goes_by_what_replicas_report_within_the_bounds(now_s: list[float]) -> None:
    controller = Controller({"target_kv_use": 0.5, "upscale_delay_s": 0}, FIRST)
    controller.hear(FIRST, ReplicaLoad(0.8, 0), now_s[0])
    now_s[0] += 1
    assert controller.wants(1) == 2
    controller = Controller({"target_waiting_requests": 1, "upscale_delay_s": 0}, FIRST, SECOND)
    for replica in (FIRST, SECOND):
        controller.hear(replica, ReplicaLoad(0, 9), now_s[0])
    now_s[0] += 1
    assert controller.wants(2) == 4


def test_serves_delays_hold(now_s: list[float]) -> None:
    rule = {"target_kv_use": 0.5, "upscale_delay_s": 30, "downscale_delay_s": 600}
    controller = Controller(rule, FIRST)
    controller.hear(FIRST, ReplicaLoad(0.8, 0), now_s[0])
    for passed_s, count in ((1, 1), (15, 1), (31, 2)):
        now_s[0] = 1000.0 + passed_s
        assert controller.wants(1) == count
    controller.hear(FIRST, ReplicaLoad(0.1, 0), now_s[0])
    for passed_s, count in ((32, 2), (600, 2), (632, 1)):
        now_s[0] = 1000.0 + passed_s
        assert controller.wants(2) == count


def test_a_replica_that_has_just_started_keeps_the_others(now_s: list[float]) -> None:
    controller = Controller({"target_kv_use": 0.5, "downscale_delay_s": 0}, FIRST, SECOND)
    controller.hear(FIRST, ReplicaLoad(0.1, 0), now_s[0])
    now_s[0] += 1
    assert controller.wants(2) == 2
    controller.hear(SECOND, ReplicaLoad(0.1, 0), now_s[0])
    now_s[0] += 1
    assert controller.wants(2) == 1
