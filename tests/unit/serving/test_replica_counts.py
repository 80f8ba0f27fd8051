"""Replicas are counted in what Serve's controller says, as it says it."""

from __future__ import annotations

from typing import Any

from serving.replica_counts import ReplicaCount, counts_in


def deployed(wanted: int, *states: str) -> dict[str, Any]:
    replicas = [{"state": state} for state in states]
    return {"status": "HEALTHY", "target_num_replicas": wanted, "replicas": replicas}


def test_replicas_are_counted_by_deployment_in_all_applications() -> None:
    details = {
        "applications": {
            "ringfence": {
                "deployments": {"gateway": deployed(3, "RUNNING", "STARTING", "RUNNING")}
            },
            "small": {"deployments": {"small@1": deployed(0, "STOPPING"), "new@1": deployed(1)}},
        }
    }
    assert counts_in(details) == {
        "gateway": ReplicaCount(wanted=3, running=2),
        "small@1": ReplicaCount(wanted=0, running=0),
        "new@1": ReplicaCount(wanted=1, running=0),
    }


def test_before_anything_is_deployed_nothing_runs() -> None:
    assert counts_in({"applications": {}}) == {}
