"""The command line without a cluster: what it prints and how it leaves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import router
from serving.cli.main import app

ROOT = Path(router.__file__).parent.parent


def commands(command: Any, *words: str) -> Iterator[tuple[str, ...]]:
    """Every command that can be typed, by the words before its options."""
    if not hasattr(command, "commands"):
        yield words
        return
    for name, below in command.commands.items():
        yield from commands(below, *words, name)


COMMANDS = tuple(commands(get_command(app)))


@pytest.fixture
def run() -> CliRunner:
    return CliRunner()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_shows_an_example(run: CliRunner, command: tuple[str, ...]) -> None:
    shown = run.invoke(app, [*command, "--help"])
    assert shown.exit_code == 0
    assert f"Example: ringfence {' '.join(command)}" in " ".join(shown.stdout.split())


def test_what_can_be_served_passes(run: CliRunner) -> None:
    files = ["--models", str(ROOT / "models.yaml"), "--policy", str(ROOT / "router/policy.yaml")]
    checked = run.invoke(app, ["check", "--json", *files])
    assert checked.exit_code == 0
    assert json.loads(checked.stdout)["ok"] is True


def test_what_cannot_be_served_is_named_with_line_and_cure(run: CliRunner, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text((ROOT / "router/policy.yaml").read_text().replace("taint:", "tainted:"))
    files = ["--models", str(ROOT / "models.yaml"), "--policy", str(policy)]
    checked = run.invoke(app, ["check", *files])
    assert checked.exit_code == 1
    assert re.search(r"policy\.yaml:\d+: .*\n\s+cure: ", checked.stderr)
    as_json = run.invoke(app, ["check", "--json", *files])
    assert as_json.exit_code == 1
    assert {"file", "line", "problem", "cure"} <= set(json.loads(as_json.stdout)["problems"][0])


def test_where_nothing_runs_status_says_so_and_down_is_content(
    run: CliRunner, tmp_path: Path
) -> None:
    place = ["--state-dir", str(tmp_path / "state")]
    assert run.invoke(app, ["status", *place]).exit_code == 3
    assert json.loads(run.invoke(app, ["status", "--json", *place]).stdout) == {"phase": "absent"}
    assert run.invoke(app, ["down", *place]).exit_code == 0


def test_up_refuses_to_be_read_by_everybody(run: CliRunner, tmp_path: Path) -> None:
    place = ["--state-dir", str(tmp_path / "state"), "--models", str(ROOT / "models.yaml")]
    refused = run.invoke(app, ["up", "--host", "0.0.0.0", *place])
    assert refused.exit_code == 1
    assert "--insecure-plaintext-off-loopback" in refused.stderr
    assert not (tmp_path / "state").exists()


def test_up_refuses_a_bad_configuration(run: CliRunner, tmp_path: Path) -> None:
    place = ["--state-dir", str(tmp_path / "state"), "--models", str(tmp_path / "absent.yaml")]
    refused = run.invoke(app, ["up", *place])
    assert refused.exit_code == 1
    assert "absent.yaml" in refused.stderr


def test_keys_are_made_listed_and_revoked(run: CliRunner, tmp_path: Path) -> None:
    place = ["--state-dir", str(tmp_path / "state")]
    options = ["--team", "radiology", "--floor", "confidential", "--tiers", "fast,private"]
    made = json.loads(run.invoke(app, ["keys", "create", "--json", *options, *place]).stdout)
    listed = json.loads(run.invoke(app, ["keys", "list", "--json", *place]).stdout)
    assert [entry["id"] for entry in listed] == [made["id"]]
    assert made["key"] not in json.dumps(listed)
    assert (made["floor"], made["tiers"]) == ("confidential", ["fast", "private"])
    assert run.invoke(app, ["keys", "revoke", made["id"], *place]).exit_code == 0
    assert run.invoke(app, ["keys", "revoke", made["id"], *place]).exit_code == 1
    listed = json.loads(run.invoke(app, ["keys", "list", "--json", *place]).stdout)
    assert listed[0]["state"] == "revoked"


@pytest.mark.parametrize(
    ("option", "cure"),
    [(["--floor", "secret"], "public, internal"), (["--tiers", "best"], "fast, balanced")],
)
def test_a_wrong_value_names_the_right_ones(
    run: CliRunner, tmp_path: Path, option: list[str], cure: str
) -> None:
    command = ["keys", "create", "--team", "t", "--state-dir", str(tmp_path / "state")]
    refused = run.invoke(app, [*command, *option])
    assert refused.exit_code == 2
    assert cure in refused.stderr
