"""The applications as Ray Serve takes them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from serving.cluster.deploy import APPLICATION_NAME, deploy_schema, last_lines
from tests.unit.serving.cluster.fleets import engine, fleet, outside
from tests.unit.serving.cluster.launches import launch


def test_scaling_changes_nothing_but_the_count(tmp_path: Path) -> None:
    said = launch(tmp_path)
    found = fleet(engine())
    more = {"own@1": replace(found["own@1"], replicas=3)}
    one, three = (
        deploy_schema(said, each.values()).model_dump(exclude_unset=True)["applications"][1]
        for each in (found, more)
    )
    assert one.pop("deployments")[0]["num_replicas"] == 1
    assert three.pop("deployments")[0]["num_replicas"] == 3
    assert one == three


def test_args_do_not_change_from_start_to_start(tmp_path: Path) -> None:
    first = deploy_schema(launch(tmp_path, cluster_id="1"), fleet(engine(), outside()).values())
    second = deploy_schema(launch(tmp_path, cluster_id="2"), fleet(engine(), outside()).values())
    assert [each.args for each in first.applications] == [each.args for each in second.applications]


def test_only_the_gateway_has_a_route(tmp_path: Path) -> None:
    schema = deploy_schema(launch(tmp_path), fleet(engine(), outside()).values())
    routes = {each.name: each.route_prefix for each in schema.applications}
    assert routes == {APPLICATION_NAME: "/", "own@1": None, "adapter-firm": None}


def test_what_is_autoscaled_has_no_count_of_its_own(tmp_path: Path) -> None:
    entry = engine(
        replicas={"min": 1, "max": 4, "target": 2}, autoscaling={"target_ongoing_requests": 2}
    )
    schema = deploy_schema(launch(tmp_path), fleet(entry).values())
    (deployment,) = schema.applications[1].model_dump(exclude_unset=True)["deployments"]
    assert "num_replicas" not in deployment
    assert deployment["autoscaling_config"]["max_replicas"] == 4


def test_no_model_changes_what_the_gateway_is_made_of(tmp_path: Path) -> None:
    with_one = deploy_schema(launch(tmp_path), fleet(engine()).values())
    with_none = deploy_schema(launch(tmp_path), ())
    assert with_one.applications[0] == with_none.applications[0]


def test_access_logs_are_off(tmp_path: Path) -> None:
    schema = deploy_schema(launch(tmp_path), ())
    assert schema.logging_config is not None
    assert schema.logging_config.enable_access_log is False


def test_the_end_of_a_traceback_is_what_is_told() -> None:
    text = "\x1b[36mTraceback\x1b[39m\n  File\n\n  line\nValueError: wrong\n"
    assert last_lines(text, 2) == "  line\nValueError: wrong"
