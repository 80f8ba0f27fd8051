"""Replicas are counted in what Serve's controller says, as it says it."""

from __future__ import annotations

from typing import Any

from serving.replica_watch import running_in


def deployed(*states: str) -> dict[str, Any]:
    return {"status": "HEALTHY", "replicas": [{"state": state} for state in states]}


def test_replicas_that_run_are_counted_by_deployment_in_all_applications() -> None:
    details = {
        "applications": {
            "ringfence": {"deployments": {"gateway": deployed("RUNNING", "STARTING", "RUNNING")}},
            "small": {"deployments": {"small@1": deployed("STOPPING"), "new@1": {}}},
        }
    }
    assert running_in(details) == {"gateway": 2, "small@1": 0, "new@1": 0}


def test_before_anything_is_deployed_nothing_runs() -> None:
    assert running_in({"applications": {}}) == {}
