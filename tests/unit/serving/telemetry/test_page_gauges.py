"""What is looked at whenever the page is made."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from router.clock import SystemClock
from router.load.drains import Drain, drain, end_drain
from router.policy.load import load_rules
from router.policy.policy import Rules
from router.store.database import connect
from serving.telemetry.cluster_state import ClusterState, ClusterView
from serving.telemetry.engine_state import EngineLoad, engine_state
from serving.telemetry.gateway_telemetry import GatewayTelemetry
from serving.telemetry.gpu_state import CordonedGPU, gpu_state
from serving.telemetry.store_state import StoreState
from tests.stack import REPOSITORY


@cache
def shipped_rules() -> Rules:
    return load_rules(REPOSITORY / "models.yaml", REPOSITORY / "router" / "policy.yaml")


def test_a_cordoned_gpu_is_shown_by_host_and_index_with_its_reason() -> None:
    (cordoned,) = gpu_state([CordonedGPU("node-1", 3, "the driver has lost it")])

    (sample,) = cordoned.samples
    assert sample.labels == {"host": "node-1", "index": "3", "reason": "the driver has lost it"}
    assert sample.value == 1


def test_where_cordons_cannot_be_read_the_rest_of_the_page_is_there(
    migrated_sqlite: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> tuple[CordonedGPU, ...]:
        raise ConnectionError("no control service")

    engine = connect(f"sqlite:///{migrated_sqlite}")
    state = ClusterState(engine, shipped_rules, SystemClock(), ClusterView(dict, away))
    shown = {metric.name for metric in state.collect()}
    engine.dispose()

    assert {"ringfence_database_up", "ringfence_replicas_wanted"} <= shown
    assert "ringfence_gpu_cordoned" not in shown
    assert caplog.messages == ["cordoned GPUs could not be read: ConnectionError"]


def test_what_the_writer_owes_is_asked_each_time() -> None:
    owed = iter([0, 7])
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StoreState(lambda: next(owed)))

    shown = [registry.get_sample_value("ringfence_store_owed_jobs") for _ in range(2)]

    assert shown == [0, 7]


def test_models_of_rules_that_are_applied_later_are_at_nought_from_then_on() -> None:
    """Of a series that begins at 1, `increase()` would not see the rise."""
    rules = shipped_rules()
    telemetry = GatewayTelemetry()
    pages = telemetry.pages([], [], None)
    wire = telemetry.watched_wiring(lambda wired: wired.policy.digest)
    assert _of_models(pages.page(), "ringfence_fallbacks_total") == {}

    assert wire(rules) == rules.policy.digest

    nought = dict.fromkeys(rules.registry.entries, 0.0)
    assert _of_models(pages.page(), "ringfence_fallbacks_total") == nought
    assert _of_models(pages.page(), "ringfence_egress_refused_total") == nought


def _of_models(page: bytes, sample: str) -> dict[str, float]:
    return {
        found.labels["model"]: found.value
        for family in text_string_to_metric_families(page.decode())
        for found in family.samples
        if found.name == sample
    }


def test_a_replica_without_first_tokens_of_late_shows_how_full_it_is_all_the_same() -> None:
    loads = [EngineLoad("own@1", "a", 0.25, 3, 0.5), EngineLoad("own@1", "b", 0.0, 0, None)]

    shown = {
        (sample.name, sample.labels["replica"]): sample.value
        for metric in engine_state(loads)
        for sample in metric.samples
    }

    assert shown == {
        ("ringfence_engine_kv_use_ratio", "a"): 0.25,
        ("ringfence_engine_kv_use_ratio", "b"): 0.0,
        ("ringfence_engine_waiting_requests", "a"): 3,
        ("ringfence_engine_waiting_requests", "b"): 0,
        ("ringfence_engine_time_to_first_token_p95_seconds", "a"): 0.5,
    }


def test_a_drained_model_is_on_the_page_until_people_are_let_in_again(
    migrated_sqlite: Path,
) -> None:
    engine = connect(f"sqlite:///{migrated_sqlite}")
    state = ClusterState(engine, shipped_rules, SystemClock())

    def drained() -> list[str]:
        (found,) = (one for one in state.collect() if one.name == "ringfence_model_drained")
        return [sample.labels["model"] for sample in found.samples]

    with engine.begin() as connection:
        drain(connection, Drain("own@1", 1.0, 2.0, "somebody", ""))
    assert drained() == ["own@1"]
    with engine.begin() as connection:
        end_drain(connection, "own@1")
    assert drained() == []
    engine.dispose()
