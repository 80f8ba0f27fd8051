"""`ringfence limits`: what is used, held and left."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from sqlalchemy import insert
from typer.testing import CliRunner

import router
from router.accounts.limits.tables import limit_windows
from router.accounts.limits.windows import Window
from router.domain import Allowance, Role
from router.policy.archive import Active, activate, keep
from router.policy.policy import RulesText
from serving.cli.limits import limits
from serving.cluster.accounts import open_key_store
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from tests.migrated import migrated_state

ROOT = Path(router.__file__).parent.parent
KEY_ID = "0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c"
DOLLAR = 1_000_000_000

app = typer.Typer()
app.command("limits")(limits)


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    """A policy with limits, and a database in which some of them are used up.

    Rows of this month and of the next: a test may run through the end of one.
    """
    policy = yaml.safe_load((ROOT / "router/policy.yaml").read_text())
    policy["limits"] = {
        "all": {"budget_usd_per_month": 100},
        "each_team": {"budget_usd_per_month": 10},
        "keys": {KEY_ID: {"requests_per_minute": 50}},
        "models": {"gpt-5-mini": {"budget_usd_per_month": 0.5}},
    }
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(policy))
    state = tmp_path / "state"
    engine = open_database(migrated_state(state))
    now_s = time.time()
    months = (Window.MONTH.starts_at_s(now_s), Window.MONTH.ends_at_s(now_s))
    spent = {"all": (7, 3), "team:claims": (7, 3), "model:gpt-5-mini": (1, 0)}
    with engine.begin() as connection:
        connection.execute(
            insert(limit_windows),
            [
                {
                    "scope": scope,
                    "window": "month",
                    "starts_at_s": starts_at_s,
                    "requests": 4,
                    "tokens": 900,
                    "spent_nano_usd": dollars * DOLLAR,
                    "held_nano_usd": held * DOLLAR,
                }
                for scope, (dollars, held) in spent.items()
                for starts_at_s in months
            ],
        )
    engine.dispose()
    return [
        "--state-dir",
        str(state),
        "--models",
        str(ROOT / "models.yaml"),
        "--policy",
        str(tmp_path / "policy.yaml"),
    ]


def shown(*arguments: str) -> list[dict[str, Any]]:
    answer = CliRunner().invoke(app, [*arguments, "--json"])
    assert answer.exit_code == 0
    found: list[dict[str, Any]] = json.loads(answer.stdout)
    return found


def test_programs_see_what_is_used_held_and_left(place: list[str]) -> None:
    found = {entry["scope"]: entry for entry in shown(*place)}
    assert list(found) == ["all", "team:claims", f"key:{KEY_ID}", "model:gpt-5-mini"]
    everybody = found["all"]
    assert (everybody["window"], everybody["metric"]) == ("month", "money")
    assert everybody["limit_nano_usd"] == 100 * DOLLAR
    assert everybody["used_nano_usd"] == 7 * DOLLAR
    assert everybody["held_nano_usd"] == 3 * DOLLAR
    assert everybody["left_nano_usd"] == 90 * DOLLAR
    assert everybody["share"] == pytest.approx(0.1)
    assert everybody["ends_at_s"] > time.time()


def test_what_is_exceeded_has_nothing_left(place: list[str]) -> None:
    found = {entry["scope"]: entry for entry in shown(*place)}
    for scope in ("team:claims", "model:gpt-5-mini"):
        assert (found[scope]["left_nano_usd"], found[scope]["share"]) == (0, 1.0)


def test_a_key_that_sent_nothing_has_all_of_it(place: list[str]) -> None:
    (entry,) = shown(*place, "--key", KEY_ID)
    assert (entry["limit"], entry["used"], entry["left"]) == (50, 0, 50)


def test_one_team_can_be_asked_for(place: list[str]) -> None:
    assert [entry["scope"] for entry in shown(*place, "--team", "claims")] == ["team:claims"]
    assert shown(*place, "--team", "nobody") == []


def test_people_see_a_table_with_bars(place: list[str]) -> None:
    answer = CliRunner().invoke(app, place, env={"COLUMNS": "80"})
    assert answer.exit_code == 0
    lines = answer.stdout.splitlines()
    assert all(len(line) <= 80 for line in lines)
    below = {scope: line for scope, line in pairwise(lines) if not scope.startswith(" ")}
    assert "100.0000" in below["all"]
    assert "█░░░░░░░░░  10 %" in below["all"]
    assert "██████████ 100 %" in below["team:claims"]
    assert "░░░░░░░░░░   0 %" in below[f"key:{KEY_ID}"]
    assert "this month ends at" in lines[-1]


def test_the_limits_are_those_of_the_policy_in_force(place: list[str]) -> None:
    state = place[:2]
    before = CliRunner().invoke(app, state)
    assert before.exit_code == 1
    assert "--policy" in before.stderr
    written = yaml.safe_load(Path(place[5]).read_text())
    written["limits"] = {"all": {"requests_per_minute": 3}}
    text = RulesText((ROOT / "models.yaml").read_bytes(), yaml.safe_dump(written).encode())
    engine = open_database(ClusterPaths.of(Path(state[1])))
    with engine.begin() as connection:
        activate(connection, Active(keep(connection, text), time.time(), "a.author"))
    engine.dispose()
    (entry,) = shown(*state)
    assert (entry["scope"], entry["limit"]) == ("all", 3)
    assert len(shown(*place)) == 4  # of the file that is named


def test_a_key_is_shown_with_its_line_and_its_own_limits(place: list[str]) -> None:
    store = open_key_store(ClusterPaths.of(Path(place[1])))
    key, _ = store.create(
        team="claims", name="ward", allowance=Allowance(budget_nano_usd_per_day=DOLLAR)
    )
    _, new, _ = store.rotate(key.id, overlap_s=60)
    for key_id in (key.id, new.id):
        (entry,) = shown(*place, "--key", key_id)
        assert entry["scope"] == f"key:{key.id}"
        assert entry["key_ids"] == [key.id, new.id]
        assert entry["limit_nano_usd"] == DOLLAR
    table = CliRunner().invoke(app, place, env={"COLUMNS": "80"}).stdout
    assert f'key:{key.id}  claims "ward"' in table


def test_an_entry_for_a_later_key_is_one_of_its_line(place: list[str]) -> None:
    store = open_key_store(ClusterPaths.of(Path(place[1])))
    key, _ = store.create(team="claims")
    _, new, _ = store.rotate(key.id, overlap_s=60)
    policy = Path(place[5])
    written = yaml.safe_load(policy.read_text())
    written["limits"] = {"keys": {new.id: {"requests_per_minute": 7}}}
    policy.write_text(yaml.safe_dump(written))
    (entry,) = shown(*place)
    assert (entry["scope"], entry["limit"]) == (f"key:{key.id}", 7)


def test_limits_are_for_those_to_see_who_run_or_audit_the_cluster(place: list[str]) -> None:
    store = open_key_store(ClusterPaths.of(Path(place[1])))
    _, admin = store.create(team="ops", owner="a.author", roles=[Role.ADMIN])
    _, developer = store.create(team="ops")
    for token, status in (("", 1), (developer, 1), (admin, 0)):
        asked = CliRunner().invoke(app, place, env={"RINGFENCE_TOKEN": token})
        assert asked.exit_code == status


def test_where_nothing_is_limited_it_says_so(place: list[str]) -> None:
    answer = CliRunner().invoke(app, [*place[:4], "--policy", str(ROOT / "router/policy.yaml")])
    assert "no limits" in answer.stdout


def test_looking_makes_no_state_directory(place: list[str], tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    answer = CliRunner().invoke(app, ["--state-dir", str(nowhere), *place[2:]])
    assert answer.exit_code == 1
    assert "--state-dir" in answer.stderr
    assert not nowhere.exists()


def test_help_shows_an_example() -> None:
    answer = CliRunner().invoke(app, ["--help"])
    assert "Example: ringfence limits" in " ".join(answer.stdout.split())
