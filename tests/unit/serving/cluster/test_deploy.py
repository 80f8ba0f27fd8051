"""The application as data."""

from __future__ import annotations

from pathlib import Path

from serving.cluster.deploy import deploy_schema, last_lines
from tests.unit.serving.cluster.launches import launch


def test_scaling_changes_nothing_but_the_count(tmp_path: Path) -> None:
    one = deploy_schema(launch(tmp_path), {}, {"gateway": 1}).model_dump(exclude_unset=True)
    two = deploy_schema(launch(tmp_path), {}, {"gateway": 2}).model_dump(exclude_unset=True)
    assert one["applications"][0].pop("deployments") != two["applications"][0].pop("deployments")
    assert one == two


def test_args_do_not_change_from_start_to_start(tmp_path: Path) -> None:
    first = deploy_schema(launch(tmp_path, cluster_id="1"), {"b": "u", "a": "v"}, {})
    second = deploy_schema(launch(tmp_path, cluster_id="2"), {"a": "v", "b": "u"}, {})
    assert first.applications[0].args == second.applications[0].args


def test_access_logs_are_off(tmp_path: Path) -> None:
    schema = deploy_schema(launch(tmp_path), {}, {})
    assert schema.logging_config is not None
    assert schema.logging_config.enable_access_log is False


def test_the_end_of_a_traceback_is_what_is_told() -> None:
    text = "\x1b[36mTraceback\x1b[39m\n  File\n\n  line\nValueError: wrong\n"
    assert last_lines(text, 2) == "  line\nValueError: wrong"
