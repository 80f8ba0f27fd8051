"""How many replicas fit, by what nodes have free."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.cluster.nodes import Node, is_zoned
from serving.cluster.room import MOST, Demand, Room, needed

GPU = ({"CPU": 1.0, "GPU": 1.0},)
SPLIT = GPU * 4
SECURE = tuple({**part, "zone:secure": 0.001} for part in SPLIT)


def node(name: str = "n", taken: Mapping[str, float] | None = None, **more: float) -> Node:
    total = {"CPU": 16.0, "GPU": 8.0, **more}
    free = {key: amount - (taken or {}).get(key, 0.0) for key, amount in total.items()}
    return Node(name, total, free)


def secure(taken: Mapping[str, float] | None = None) -> Node:
    return node(taken=taken, **{"zone:secure": 1000.0})


def test_a_split_replica_is_on_one_node() -> None:
    assert Room([node(), node()]).fitting(SPLIT) == 4
    assert Room([node(taken={"GPU": 5}), node(taken={"GPU": 5})]).fitting(SPLIT) == 0


def test_what_needs_a_zone_does_not_count_other_nodes() -> None:
    assert Room([node(), secure()]).fitting(SECURE) == 2


def test_what_takes_nothing_always_fits() -> None:
    assert Room([node()]).fitting([]) == MOST


def test_a_demand_takes_all_or_nothing() -> None:
    room = Room([node()])
    shortage = room.take(Demand("big", 3, SPLIT))
    assert shortage is not None
    assert (shortage.replicas, shortage.fitting) == (3, 2)
    assert room.take(Demand("two", 2, SPLIT)) is None
    assert room.fitting(GPU) == 0


def test_what_leaves_first_makes_room() -> None:
    room = Room([node(taken={"GPU": 8, "CPU": 8})])
    assert room.fitting(SPLIT) == 0
    room.give_back(SPLIT, 2)
    assert room.fitting(SPLIT) == 2


def test_no_more_is_given_back_than_there_ever_was() -> None:
    room = Room([node()])
    room.give_back(SPLIT, 5)
    assert room.fitting(SPLIT) == 2


@pytest.mark.parametrize(
    ("nodes", "bundles", "says"),
    [
        ([], GPU, "no node has CPU"),
        ([node()], [{"GPU": 1.0, "accelerator_type:H100": 0.001}], "no node has accelerator_type"),
        ([node()], GPU * 9, "a replica takes 9 GPU of one node, and none has over 8"),
        ([node(), secure({"GPU": 7})], SECURE, "of the 1 node that could hold one none has over 1"),
        (
            [node(**{"zone:secure": 1.0}), node(**{"accelerator_type:H100": 1.0})],
            [{"zone:secure": 0.001, "accelerator_type:H100": 0.001}],
            "no node has all of",
        ),
    ],
)
def test_it_is_said_what_there_is_too_little_of(
    nodes: list[Node], bundles: list[Mapping[str, float]], says: str
) -> None:
    shortage = Room(nodes).take(Demand("model", 1, bundles))
    assert shortage is not None
    assert says in shortage.why


def test_a_cluster_is_zoned_by_one_node_with_a_zone() -> None:
    assert not is_zoned([node(), node()])
    assert is_zoned([node(), secure()])


AMOUNTS = st.integers(0, 16).map(lambda quarters: quarters / 4)
NODES = st.lists(
    st.builds(
        lambda cpus, gpus: Node("n", {"CPU": 4, "GPU": 4}, {"CPU": cpus, "GPU": gpus}),
        AMOUNTS,
        AMOUNTS,
    ),
    max_size=4,
)
BUNDLES = st.lists(st.fixed_dictionaries({"CPU": AMOUNTS, "GPU": AMOUNTS}), min_size=1, max_size=3)


@given(nodes=NODES, bundles=BUNDLES, replicas=st.integers(1, 40))
def test_what_fits_never_takes_more_than_is_free(
    nodes: list[Node], bundles: list[dict[str, float]], replicas: int
) -> None:
    want = needed(bundles)
    room = Room(nodes)
    fitting = room.fitting(bundles)
    shortage = room.take(Demand("model", replicas, bundles))
    assert (shortage is None) == (replicas <= fitting)
    for name, amount in want.items():
        placed = min(fitting, replicas)
        assert placed * amount <= sum(node.free[name] for node in nodes) + 1e-6
    if shortage is not None:
        assert room.fitting(bundles) == fitting, "a refused demand promises nothing"
