"""What is excepted, for whom and for how long, on the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

import router
from serving.cli.main import app

ROOT = Path(router.__file__).parent.parent
TODAY = datetime.now(UTC).date()


def entry(name: str, approved_days_ago: int, expires_in_days: int) -> dict[str, object]:
    return {
        "id": name,
        "team": "claims",
        "entity_types": ["PHONE_NUMBER"],
        "paths": [".messages[*].content"],
        "lowers_to": "internal",
        "reason": "Claim numbers have the form of telephone numbers.",
        "approved_by": ["A. Author", "R. Reviewer"],
        "approved_on": (TODAY - timedelta(days=approved_days_ago)).isoformat(),
        "expires": (TODAY + timedelta(days=expires_in_days)).isoformat(),
    }


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    policy = yaml.safe_load((ROOT / "router/policy.yaml").read_text())
    # Days away from any change of state: a test may run through midnight.
    policy["exceptions"] = [
        entry("running", 10, 20),
        entry("over", 30, -10),
        entry("to-come", -10, 20),
    ]
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump(policy))
    return ["--models", str(ROOT / "models.yaml"), "--policy", str(path)]


def test_exceptions_are_listed_with_the_days_that_are_left(files: list[str]) -> None:
    listed = CliRunner().invoke(app, ["exceptions", "--json", *files])
    assert listed.exit_code == 0
    shown = {each["id"]: each for each in json.loads(listed.stdout)}
    assert {name: each["state"] for name, each in shown.items()} == {
        "running": "live",
        "over": "expired",
        "to-come": "pending",
    }
    assert shown["running"]["days_left"] in (20, 21)
    assert shown["over"]["days_left"] == 0
    assert shown["to-come"]["days_left"] == 11
    assert shown["running"]["paths"] == [".messages[*].content"]
    assert shown["running"]["approved_by"] == ["A. Author", "R. Reviewer"]


def test_people_see_a_table(files: list[str]) -> None:
    listed = CliRunner().invoke(app, ["exceptions", *files], env={"COLUMNS": "200"})
    assert listed.exit_code == 0
    for shown in ("running", "claims", "PHONE_NUMBER", ".messages[*].content", "live", "expired"):
        assert shown in listed.stdout


def test_the_policy_that_we_ship_excepts_nothing() -> None:
    files = ["--models", str(ROOT / "models.yaml"), "--policy", str(ROOT / "router/policy.yaml")]
    assert "no exceptions" in CliRunner().invoke(app, ["exceptions", *files]).stdout
    assert json.loads(CliRunner().invoke(app, ["exceptions", "--json", *files]).stdout) == []


def test_a_policy_that_cannot_be_served_with_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("schema: 1\n")
    files = ["--models", str(ROOT / "models.yaml"), "--policy", str(tmp_path / "policy.yaml")]
    assert CliRunner().invoke(app, ["exceptions", *files]).exit_code == 1


def test_check_warns_of_those_that_do_nothing_and_passes(files: list[str]) -> None:
    checked = CliRunner().invoke(app, ["check", *files])
    assert checked.exit_code == 0
    assert "the exception over expired on" in checked.stderr
    assert "the exception to-come lowers nothing before" in checked.stderr
    assert "running" not in checked.stderr
    as_json = json.loads(CliRunner().invoke(app, ["check", "--json", *files]).stdout)
    assert as_json["ok"] is True
    warnings = [said for said in as_json["warnings"] if "exception" in said["problem"]]
    assert len(warnings) == 2
    assert {"file", "line", "problem", "cure"} <= set(warnings[0])
