"""Every engine has a group with room for it; what is restricted is on secure nodes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import ConfigError
from serving.kuberay.groups import NodeGroup, load_groups
from serving.kuberay.placing import CannotPlace, EngineNeeds, engine_needs, place
from tests.unit.serving.kuberay.example_cluster import (
    GROUPS,
    example_rules,
    models_file,
    rendered,
)

GROUP = NodeGroup("h100", 8, 2, "H100")
SECURE = NodeGroup("h100-secure", 8, 2, "H100", "secure")


def need(
    key: str = "m@1",
    gpus: float = 1.0,
    replicas: int = 1,
    accelerator_type: str | None = "H100",
    restricted: bool = False,
) -> EngineNeeds:
    zone = "secure" if restricted else None
    return EngineNeeds(key, gpus, replicas, accelerator_type, zone, restricted)


needs = st.lists(
    st.builds(
        need,
        key=st.uuids().map(lambda uuid: f"{uuid}@1"),
        gpus=st.sampled_from([0.25, 0.5, 1.0, 2.0, 4.0, 8.0]),
        replicas=st.integers(1, 20),
        accelerator_type=st.sampled_from([None, "H100", "L40S"]),
        restricted=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda one: one.key,
)


@given(needs)
def test_groups_that_follow_from_the_models_have_room_for_all_of_them(
    wanted: list[EngineNeeds],
) -> None:
    groups, placed = place(wanted, ())
    assert set(placed) == {one.key for one in wanted}
    asked = {one.accelerator_type for one in wanted}
    assert {group.accelerator_type for group in groups} == asked


@given(needs)
def test_what_is_restricted_is_in_a_secure_group_and_the_accelerator_is_the_one_asked_for(
    wanted: list[EngineNeeds],
) -> None:
    groups, placed = place(wanted, ())
    by_name = {group.name: group for group in groups}
    for one in wanted:
        group = by_name[placed[one.key]]
        assert group.zone == "secure" or not one.is_restricted
        assert one.accelerator_type in (None, group.accelerator_type)


@given(needs)
def test_nodes_are_never_promised_twice(wanted: list[EngineNeeds]) -> None:
    groups, placed = place(wanted, ())
    for group in groups:
        taken = sum(one.gpus * one.replicas for one in wanted if placed[one.key] == group.name)
        assert taken <= group.gpus_per_node * group.nodes


def test_what_is_not_restricted_stays_out_of_the_secure_zone_while_it_can() -> None:
    assert place([need()], [SECURE, GROUP])[1] == {"m@1": "h100"}
    assert place([need()], [SECURE])[1] == {"m@1": "h100-secure"}


def test_restricted_data_without_a_secure_group_is_refused_with_the_cure() -> None:
    with pytest.raises(CannotPlace, match="`zone: secure`, since it is approved for restricted"):
        place([need(restricted=True)], [GROUP])


def test_a_model_wider_than_a_node_is_refused_with_the_cure() -> None:
    with pytest.raises(CannotPlace, match=r"takes 16 GPUs of one node.* have 8: lower its"):
        place([need(gpus=16.0)], [GROUP])
    with pytest.raises(CannotPlace, match="takes 16 GPUs"):
        place([need(gpus=16.0)], ())


def test_more_replicas_than_there_is_room_for_are_refused_with_the_cure() -> None:
    with pytest.raises(CannotPlace, match=r"17 replicas of m@1 .* raise `nodes`"):
        place([need(replicas=17)], [GROUP])


def test_an_accelerator_that_no_group_has_is_refused() -> None:
    with pytest.raises(CannotPlace, match="`accelerator_type: B200`, and none of h100"):
        place([need(accelerator_type="B200")], [GROUP])


def test_two_models_share_nodes_only_as_far_as_their_gpus_go() -> None:
    wide = [need("a@1", gpus=4.0, replicas=3), need("b@1", gpus=4.0, replicas=1)]
    assert set(place(wide, [GROUP])[1].values()) == {"h100"}
    with pytest.raises(CannotPlace):
        place([*wide, need("c@1", gpus=0.5)], [GROUP])


def test_the_example_is_placed_and_every_accelerator_has_a_group(tmp_path: Path) -> None:
    found = rendered(tmp_path)
    assert found.placed == {"llama-3.1-70b@1": "h100-secure", "llama-3.1-8b@1": "l40s"}
    wanted = engine_needs(example_rules(tmp_path).registry.entries)
    assert {one.accelerator_type for one in wanted} == {g.accelerator_type for g in found.groups}


def test_a_replica_that_is_split_takes_a_gpu_for_each_part_and_room_for_the_most(
    tmp_path: Path,
) -> None:
    first, _ = engine_needs(example_rules(tmp_path).registry.entries)
    assert (first.gpus, first.replicas, first.is_restricted) == (4.0, 4, True)


def test_a_restricted_model_that_names_no_zone_is_refused_with_the_cure(tmp_path: Path) -> None:
    models = models_file(tmp_path, **{", zone: secure": ""})
    with pytest.raises(CannotPlace, match=r"llama-3.1-70b@1 .* add `placement: \{zone: secure\}`"):
        rendered(tmp_path, models)


def test_groups_are_read_with_their_nodes() -> None:
    secure, plain = load_groups(GROUPS)
    assert (secure.nodes, secure.taken_cpus, secure.taken_memory_gib) == (2, 96, 1024)
    assert [toleration.value for toleration in secure.tolerations] == [None, "secure"]
    assert (plain.taken_cpus, plain.zone) == (16, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("schema: 1\ngroups: []\n", "groups"),
        ("schema: 2\ngroups: []\n", "schema"),
        ("schema: 1\ngroups:\n  - {name: A b, gpus_per_node: 1, nodes: 1}\n", "is not the name"),
        ("schema: 1\ngroups:\n  - {name: ab, gpus_per_node: 0, nodes: 1}\n", "gpus_per_node"),
        ("schema: 1\ngroups:\n  - {name: ab, gpu: 8, gpus_per_node: 1, nodes: 1}\n", "gpu"),
        ("schema: 1\ngroups:\n  - {name: egress, gpus_per_node: 1, nodes: 1}\n", "already"),
    ],
)
def test_a_groups_file_that_is_wrong_names_the_line_and_the_cure(
    tmp_path: Path, text: str, problem: str
) -> None:
    file = tmp_path / "groups.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=problem) as refused:
        load_groups(file)
    assert all(found.line and found.cure for found in refused.value.problems)
