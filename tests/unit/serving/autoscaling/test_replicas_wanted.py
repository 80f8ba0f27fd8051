"""How many replicas a load wants: within bounds, never fewer for more, still at the target."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.registry.deployment import Bounds, Targets
from serving.autoscaling.policy import ModelLoad, ReplicaLoad, replicas_wanted

BOUNDS = Bounds(1, 20)
COUNTS = st.integers(1, 20)
VALUES = st.none() | st.floats(0.01, 10)


@st.composite
def any_targets(draw: st.DrawFn) -> Targets:
    found = [draw(VALUES) for _ in range(4)]
    if all(target is None for target in found):
        found[draw(st.integers(0, 3))] = 1.0
    ongoing, kv_use, waiting, ttft_s = found
    return to(ongoing=ongoing, kv_use=kv_use, waiting=waiting, ttft_s=ttft_s)


REPLICAS = st.builds(
    ReplicaLoad,
    kv_use=st.floats(0, 1),
    waiting_requests=st.floats(0, 1000),
    ttft_p95_s=st.none() | st.floats(0, 1000),
)
LOADS = st.builds(
    ModelLoad,
    wanted=COUNTS,
    replicas=st.lists(st.none() | REPLICAS, max_size=6).map(tuple),
    ongoing_requests=st.floats(0, 10_000),
)


def to(
    *,
    ongoing: float | None = None,
    kv_use: float | None = None,
    waiting: float | None = None,
    ttft_s: float | None = None,
) -> Targets:
    return Targets(ongoing, kv_use, waiting, ttft_s)


def load(
    count: int = 4,
    *,
    wanted: int | None = None,
    ongoing: float = 1,
    kv_use: float = 0,
    waiting: float = 0,
    ttft_s: float | None = None,
) -> ModelLoad:
    """`count` replicas that all report the same."""
    replicas = (ReplicaLoad(kv_use, waiting, ttft_s),) * count
    return ModelLoad(wanted or count, replicas, ongoing)


def wanted(targets: Targets, load: ModelLoad) -> int:
    return replicas_wanted(targets, BOUNDS, load)


@pytest.mark.parametrize(
    ("targets", "load", "expected"),
    [
        (to(ongoing=10), load(ongoing=61), 7),
        (to(ongoing=10), load(ongoing=9), 1),
        (to(kv_use=0.5), load(kv_use=0.8), 7),
        (to(kv_use=0.5), load(kv_use=0.1), 1),
        (to(waiting=4), load(waiting=6), 6),
        (to(ttft_s=1), load(ttft_s=1.5), 6),
        # What was slow while nobody asks any more is no reason for another.
        (to(ttft_s=1), load(1, ttft_s=6, ongoing=0), 1),
        # Whichever wants the most.
        (to(ongoing=10, kv_use=0.5), load(ongoing=10, kv_use=0.8), 7),
        (to(kv_use=0.5, ttft_s=1), load(kv_use=0.1, ttft_s=1.5), 6),
    ],
)
def test_the_worst_of_the_targets_says_how_many(
    targets: Targets, load: ModelLoad, expected: int
) -> None:
    assert wanted(targets, load) == expected


@pytest.mark.parametrize("off", [-0.09, 0, 0.09])
def test_a_tenth_off_a_target_moves_nothing(off: float) -> None:
    near = 1 + off
    everything = to(ongoing=10, kv_use=0.5, waiting=4, ttft_s=1)
    found = load(ongoing=40 * near, kv_use=0.5 * near, waiting=4 * near, ttft_s=near)
    assert wanted(everything, found) == 4


def test_a_queue_without_end_at_most_doubles_what_runs() -> None:
    assert wanted(to(waiting=1), load(waiting=500)) == 8
    assert wanted(to(ttft_s=1), load(ttft_s=500)) == 8
    # Those that were asked for are waited for.
    assert wanted(to(ttft_s=1), load(wanted=8, ttft_s=500)) == 8


def test_a_first_token_in_time_takes_no_replica_that_others_need() -> None:
    assert wanted(to(kv_use=0.5, ttft_s=1), load(kv_use=0.5, ttft_s=0.01)) == 4


def test_a_first_token_that_is_only_just_in_time_keeps_what_there_is() -> None:
    assert wanted(to(kv_use=0.5, ttft_s=1), load(kv_use=0.1, ttft_s=0.9)) == 4
    assert wanted(to(kv_use=0.5, ttft_s=1), load(kv_use=0.1, ttft_s=0.1)) == 1


def test_a_queue_that_is_alone_to_say_lets_one_go_at_a_time() -> None:
    assert wanted(to(ttft_s=1), load(ttft_s=0.1)) == 3
    assert wanted(to(waiting=4), load(waiting=0)) == 3


def test_requests_of_which_none_gets_a_first_token_keep_what_there_is() -> None:
    assert wanted(to(ttft_s=1), load(ongoing=5, ttft_s=None)) == 4


def test_nothing_under_way_needs_no_more_than_the_least() -> None:
    for each in (to(ongoing=1), to(kv_use=0.5), to(waiting=1), to(ttft_s=1)):
        assert wanted(each, load(ongoing=0)) == 1


@given(targets=any_targets(), load=LOADS, least=COUNTS, more=st.integers(0, 10))
def test_bounds_hold_whatever_is_reported(
    targets: Targets, load: ModelLoad, least: int, more: int
) -> None:
    bounds = Bounds(least, least + more)
    assert bounds.allow(replicas_wanted(targets, bounds, load))


@given(targets=any_targets(), load=LOADS)
def test_no_replica_goes_while_one_has_not_reported(targets: Targets, load: ModelLoad) -> None:
    silent = replace(load, replicas=(*load.replicas, None))
    assert wanted(targets, silent) >= load.wanted


@given(load=LOADS)
def test_without_a_target_the_count_stays(load: ModelLoad) -> None:
    assert wanted(Targets(), load) == load.wanted


@given(wanted_now=COUNTS, targets=any_targets())
def test_before_any_replica_runs_the_count_stays(wanted_now: int, targets: Targets) -> None:
    assert wanted(targets, ModelLoad(wanted_now, (), 0)) == wanted_now


@given(targets=any_targets(), count=COUNTS)
def test_what_is_at_its_targets_stays_as_it_is(targets: Targets, count: int) -> None:
    at_target = load(
        count,
        ongoing=count * (targets.target_ongoing_requests or 1),
        kv_use=targets.target_kv_use or 0,
        waiting=targets.target_waiting_requests or 0,
        ttft_s=targets.ttft_objective_s,
    )
    assert wanted(targets, at_target) == count


MORE = st.floats(0, 1000)


@given(targets=any_targets(), load=LOADS, ongoing=MORE, kv_use=MORE, waiting=MORE, ttft_s=MORE)
def test_more_load_never_wants_fewer(
    targets: Targets,
    load: ModelLoad,
    ongoing: float,
    kv_use: float,
    waiting: float,
    ttft_s: float,
) -> None:
    more = ModelLoad(
        load.wanted,
        tuple(
            None
            if found is None
            else ReplicaLoad(
                found.kv_use + kv_use,
                found.waiting_requests + waiting,
                None if found.ttft_p95_s is None else found.ttft_p95_s + ttft_s,
            )
            for found in load.replicas
        ),
        load.ongoing_requests + ongoing,
    )
    assert wanted(targets, more) >= wanted(targets, load)
