"""What a replica reports of its load, and what is made of it at the other end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from router.registry.deployment import Targets
from serving.autoscaling.policy import ReplicaLoad
from serving.autoscaling.reports import WINDOW_S, RecentTTFT, load_of, report_of, targets_of
from serving.autoscaling.vllm_stats import VllmStats


@dataclass
class Clock:
    now_s: float = 100.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Client:
    """What of vLLM's AsyncLLM is asked."""

    unfinished: int = 1

    def get_num_unfinished_requests(self) -> int:
        return self.unfinished


def scheduler(kv_use: float, waiting: int) -> Any:
    return SimpleNamespace(kv_cache_usage=kv_use, num_waiting_reqs=waiting)


def step(*ttfts_s: float) -> Any:
    return SimpleNamespace(time_to_first_tokens_iter=list(ttfts_s))


@given(st.lists(st.floats(0, 1000), min_size=1))
def test_the_percentile_is_by_nearest_rank(samples: list[float]) -> None:
    ttft = RecentTTFT(Clock())
    for sample in samples:
        ttft.add(sample)
    found = ttft.p95_s()
    assert found in samples
    assert sum(sample <= found for sample in samples) >= math.ceil(0.95 * len(samples))
    assert sum(sample < found for sample in samples) < 0.95 * len(samples)


def test_first_tokens_of_long_ago_say_nothing_any_more() -> None:
    clock = Clock()
    ttft = RecentTTFT(clock)
    assert ttft.p95_s() is None
    ttft.add(5.0)
    clock.now_s += WINDOW_S
    ttft.add(1.0)
    assert ttft.p95_s() == 5.0
    clock.now_s += WINDOW_S
    assert ttft.p95_s() == 1.0
    clock.now_s += 1
    assert ttft.p95_s() is None


LOADS = st.builds(
    ReplicaLoad,
    kv_use=st.floats(0, 1),
    waiting_requests=st.floats(0, 1e6),
    ttft_p95_s=st.none() | st.floats(0, 1e6),
)
VALUES = st.none() | st.floats(0.01, 1e6)
TARGETS = st.builds(Targets, VALUES, VALUES, VALUES, VALUES)


def heard(loads: dict[str, ReplicaLoad], targets: Targets) -> dict[str, dict[Any, float]]:
    """As Serve has it, with what it knows besides."""
    metrics: dict[str, dict[Any, float]] = {"running_requests": dict.fromkeys(loads, 1.0)}
    for replica, load in loads.items():
        for name, value in report_of(load, targets).items():
            metrics.setdefault(name, {})[replica] = value
    return metrics


@given(loads=st.dictionaries(st.text(), LOADS, min_size=1), targets=TARGETS)
def test_what_was_reported_arrives(loads: dict[str, ReplicaLoad], targets: Targets) -> None:
    metrics = heard(loads, targets)
    assert {replica: load_of(metrics, replica) for replica in loads} == loads
    assert targets_of(metrics, list(loads)) == targets


def test_a_replica_that_has_not_reported_is_not_one_without_load() -> None:
    metrics = heard({"b": ReplicaLoad(0.0, 0.0)}, Targets(target_kv_use=0.5))
    assert load_of(metrics, "a") is None
    assert targets_of(metrics, ["a", "b"]) == Targets(target_kv_use=0.5)
    assert load_of({}, "a") is None
    assert targets_of({}, ["a", "b"]) == Targets()


def test_an_engine_reports_what_its_last_step_left() -> None:
    stats = VllmStats(Client())
    assert stats.load() == ReplicaLoad(0.0, 0)
    stats.record(scheduler(0.25, 3), step(0.5, 0.75))
    stats.record(scheduler(0.5, 2), step())
    assert stats.load() == ReplicaLoad(0.5, 2, 0.75)
    stats.record(None, None)
    assert stats.load() == ReplicaLoad(0.5, 2, 0.75)


def test_a_replica_of_several_engines_is_as_full_as_they_are_on_average() -> None:
    stats = VllmStats(Client())
    stats.record(scheduler(0.2, 1), None, engine_idx=0)
    stats.record(scheduler(0.6, 2), None, engine_idx=1)
    assert stats.load() == ReplicaLoad(0.4, 3)


def test_an_engine_whose_clients_have_all_left_is_empty() -> None:
    """It has taken no step since, and so has said nothing."""
    client = Client()
    stats = VllmStats(client)
    stats.record(scheduler(0.5, 2), None)
    client.unfinished = 0
    assert stats.load() == ReplicaLoad(0.0, 0)
