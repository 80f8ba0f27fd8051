"""The application as data."""

from __future__ import annotations

from pathlib import Path

from serving.cluster.applications import ModelApplication
from serving.cluster.deploy import deploy_schema, last_lines
from tests.unit.serving.cluster.launches import launch


def model(replicas: int = 1) -> ModelApplication:
    return ModelApplication("own@1", {"weights": "digest"}, replicas, {})


def test_scaling_changes_nothing_but_the_count(tmp_path: Path) -> None:
    one = deploy_schema(launch(tmp_path), [model(1)]).model_dump(exclude_unset=True)
    two = deploy_schema(launch(tmp_path), [model(2)]).model_dump(exclude_unset=True)
    assert one["applications"][1].pop("deployments") != two["applications"][1].pop("deployments")
    assert one == two


def test_another_model_changes_nothing_of_those_that_run(tmp_path: Path) -> None:
    before = deploy_schema(launch(tmp_path), [model()])
    other = ModelApplication("other@1", {}, 1, {})
    after = deploy_schema(launch(tmp_path), [model(), other])
    assert after.applications[:-1] == before.applications


def test_args_do_not_change_from_start_to_start(tmp_path: Path) -> None:
    first = deploy_schema(launch(tmp_path, cluster_id="1"), [model()])
    second = deploy_schema(launch(tmp_path, cluster_id="2"), [model()])
    assert [each.args for each in first.applications] == [each.args for each in second.applications]


def test_access_logs_are_off(tmp_path: Path) -> None:
    schema = deploy_schema(launch(tmp_path), [])
    assert schema.logging_config is not None
    assert schema.logging_config.enable_access_log is False


def test_the_end_of_a_traceback_is_what_is_told() -> None:
    text = "\x1b[36mTraceback\x1b[39m\n  File\n\n  line\nValueError: wrong\n"
    assert last_lines(text, 2) == "  line\nValueError: wrong"
