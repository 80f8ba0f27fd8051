"""`ringfence keys`: made, rotated and revoked by somebody, who is known."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from serving.cli.keys import app


class Cli:
    """Runs commands on one state directory, as whoever holds `token`."""

    def __init__(self, state_dir: Path) -> None:
        self._place = ["--state-dir", str(state_dir)]
        self._database = state_dir / "ringfence.db"

    def run(self, *command: str, token: str = "") -> Result:
        arguments = [*command, *self._place]
        return CliRunner().invoke(app, arguments, env={"RINGFENCE_TOKEN": token})

    def json(self, *command: str, token: str = "") -> Any:
        done = self.run(*command, "--json", token=token)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def acts(self) -> list[tuple[str, str]]:
        """What the log has: who did what, in order."""
        with closing(sqlite3.connect(self._database)) as connection:
            rows = connection.execute("SELECT body FROM audit_entries ORDER BY id").fetchall()
        bodies = [json.loads(body) for (body,) in rows]
        return [(body["act"], body["actor"]) for body in bodies]


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "state")


@pytest.fixture
def admin(cli: Cli) -> str:
    """The first administrator's key."""
    made = cli.json("create", "--team", "ops", "--owner", "a.author", "--roles", "admin")
    key: str = made["key"]
    return key


@pytest.mark.parametrize("command", ["create", "rotate", "limit", "list", "revoke"])
def test_every_command_shows_an_example(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert f"Example: ringfence keys {command}" in " ".join(shown.stdout.split())


def test_a_key_is_made_with_all_that_it_may(cli: Cli) -> None:
    scope = ["--models", "gpt-5-mini,claude-sonnet-4-5", "--private-only", "--owner", "a.author"]
    made = cli.json("create", "--team", "clinic", "--roles", "developer,auditor", *scope)
    [listed] = cli.json("list")
    assert made["key"] not in json.dumps(listed)
    assert listed["models"] == ["claude-sonnet-4-5", "gpt-5-mini"]
    assert listed["private_only"] is True
    assert (listed["owner"], listed["roles"]) == ("a.author", ["auditor", "developer"])
    assert listed["state"] == "valid"


def test_whoever_has_the_files_acts_until_there_is_an_administrator(cli: Cli, admin: str) -> None:
    refused = cli.run("create", "--team", "clinic")
    assert refused.exit_code == 1
    assert "RINGFENCE_TOKEN" in refused.stderr
    assert cli.run("create", "--team", "clinic", token=admin).exit_code == 0
    (first, by_files), (second, by_admin) = cli.acts()
    assert (first, second) == ("key.created", "key.created")
    assert by_files.startswith("os:")
    assert by_admin == "a.author"


def test_who_is_no_administrator_makes_and_revokes_no_keys(cli: Cli, admin: str) -> None:
    owned = ["--owner", "o.operator", "--roles", "operator"]
    made = cli.json("create", "--team", "ops", *owned, token=admin)
    for command in (["create", "--team", "clinic"], ["revoke", made["id"]], ["rotate", made["id"]]):
        refused = cli.run(*command, token=made["key"])
        assert refused.exit_code == 1
        assert "role admin" in refused.stderr
    assert [key["state"] for key in cli.json("list", token=admin)] == ["valid", "valid"]


@pytest.mark.parametrize("token", ["rf-nobodys", "a.b.c", "garbage"])
def test_a_token_that_is_nobodys_is_refused(cli: Cli, token: str) -> None:
    refused = cli.run("create", "--team", "clinic", token=token)
    assert refused.exit_code == 1
    assert token not in refused.output


def test_an_administrator_who_was_revoked_is_one_no_more(cli: Cli, admin: str) -> None:
    [first] = cli.json("list", token=admin)
    other = cli.json(
        "create", "--team", "ops", "--owner", "b.author", "--roles", "admin", token=admin
    )
    assert cli.run("revoke", first["id"], "--reason", "left", token=other["key"]).exit_code == 0
    assert cli.run("create", "--team", "clinic", token=admin).exit_code == 1


def test_a_rotated_key_and_its_successor_name_each_other(cli: Cli) -> None:
    old = cli.json("create", "--team", "clinic", "--floor", "confidential")
    new = cli.json("rotate", old["id"], "--overlap-hours", "2")
    listed = {key["id"]: key for key in cli.json("list")}
    assert listed[old["id"]]["successor"] == new["id"]
    assert listed[new["id"]]["predecessor"] == old["id"]
    assert listed[old["id"]]["state"] == listed[new["id"]]["state"] == "valid"
    assert new["floor"] == "confidential"
    assert new["key"] != old["key"]
    again = cli.run("rotate", old["id"])
    assert again.exit_code == 1
    assert new["id"] in again.stderr


def test_an_overlap_of_nothing_ends_the_old_key_at_once(cli: Cli) -> None:
    old = cli.json("create", "--team", "clinic")
    assert cli.run("rotate", old["id"], "--overlap-hours", "0").exit_code == 0
    assert [key["state"] for key in cli.json("list")] == ["expired", "valid"]


def test_a_role_needs_somebody_who_answers_for_it(cli: Cli) -> None:
    refused = cli.run("create", "--team", "ops", "--roles", "auditor")
    assert refused.exit_code == 2
    assert "owner" in refused.stderr


def test_people_see_a_table(cli: Cli, admin: str) -> None:
    shown = cli.run("list", token=admin)
    assert shown.exit_code == 0
    for part in ("ops", "a.author", "admin", "valid"):
        assert part in shown.stdout
    assert admin not in shown.stdout


def test_limits_of_a_keys_own_are_given_inherited_changed_and_lifted(cli: Cli) -> None:
    given = ["--requests-per-minute", "120", "--budget-usd-per-day", "0.5"]
    made = cli.json("create", "--team", "clinic", *given)
    own = {
        "requests_per_minute": 120,
        "tokens_per_minute": None,
        "budget_nano_usd_per_day": 500_000_000,
        "budget_nano_usd_per_month": None,
    }
    assert made["limits"] == own
    new = cli.json("rotate", made["id"])
    assert (new["limits"], new["line"]) == (own, made["id"])
    assert new["predecessor_expires_at_s"] > new["created_at_s"]
    changed = cli.json("limit", made["id"], "--tokens-per-minute", "9", "--reason", "ticket 4711")
    assert changed["limits"] == own | {"tokens_per_minute": 9}
    assert changed["limits_before"] == own
    assert [key["limits"] for key in cli.json("list")] == [changed["limits"]] * 2
    lifted = cli.run("limit", new["id"], "--lift-others")
    assert "was: 120 requests a minute, 9 tokens a minute, 0.5 US$ a day" in lifted.stdout
    assert "now: no limits of its own" in lifted.stdout
    assert [act for act, _ in cli.acts()][2:] == ["key.limited", "key.limited"]


@pytest.mark.parametrize(
    ("options", "status", "cure"),
    [
        (["--requests-per-minute", "0"], 2, "--requests-per-minute"),
        (["--budget-usd-per-day", "nan"], 2, "--budget-usd-per-day"),
        (["--budget-usd-per-month", "inf"], 2, "--budget-usd-per-month"),
        (["--budget-usd-per-day", "2", "--budget-usd-per-month", "1"], 2, "lower the one"),
        (["--expires-days", "nan"], 2, "36,500 days"),
        (["--expires-days", "inf"], 2, "36,500 days"),
        (["--expires-days", "1e300"], 2, "36,500 days"),
        (["--models", "gpt-5-mimi"], 1, "gpt-5-mini"),
        (["--models", "gpt-5-mini@2025-08-07"], 2, "without a version"),
        (["--floor", "secret"], 2, "--floor takes public"),
        (["--tiers", "fast,turbo"], 2, "--tiers takes fast"),
        (["--tiers", ","], 2, "at least one tier"),
        (["--roles", "king", "--owner", "a.author"], 2, "--roles takes"),
        (["--team", "Two Words"], 2, "a team is named"),
        (["--purpose", "Two Words"], 2, "a purpose is named"),
        (["--name", "n" * 10_000], 2, "at most"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_cure(
    cli: Cli, options: list[str], status: int, cure: str
) -> None:
    before = cli.json("create", "--team", "clinic")
    refused = cli.run("create", "--team", "clinic", *options)
    assert refused.exit_code == status
    assert cure in " ".join(refused.stderr.replace("│", " ").split())
    assert [key["id"] for key in cli.json("list")] == [before["id"]]


def test_a_change_of_limits_says_which(cli: Cli) -> None:
    made = cli.json("create", "--team", "clinic")
    assert cli.run("limit", made["id"]).exit_code == 2
    unknown = cli.run("limit", "nobody", "--requests-per-minute", "1")
    assert unknown.exit_code == 1
    assert "keys list" in unknown.stderr


def test_a_reason_says_something(cli: Cli) -> None:
    made = cli.json("create", "--team", "clinic")
    for blank in ("", "  "):
        assert cli.run("revoke", made["id"], "--reason", blank).exit_code == 2
    gone = cli.json("revoke", made["id"], "--reason", "seen in a chat")
    assert gone == {"id": made["id"], "state": "revoked"}


def test_keys_are_for_those_to_see_who_run_or_audit_the_cluster(cli: Cli, admin: str) -> None:
    for role, status in (("operator", 0), ("auditor", 0), ("developer", 1)):
        owned = ["--owner", f"a.{role}", "--roles", role]
        made = cli.json("create", "--team", "ops", *owned, token=admin)
        seen = cli.run("list", token=made["key"])
        assert seen.exit_code == status
    assert "--owner NAME --roles ROLE" in seen.stderr
    assert "RINGFENCE_TOKEN" in seen.stderr


def test_a_list_can_be_read_on_a_narrow_terminal(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    scope = ["--floor", "confidential", "--tiers", "fast,private", "--private-only"]
    own = ["--requests-per-minute", "1200", "--budget-usd-per-month", "99.5"]
    named = ["--name", "ward [7], the one by the lift", "--expires-days", "30"]
    old = cli.json("create", "--team", "radiology-of-the-north", *scope, *own, *named)
    new = cli.json("rotate", old["id"])
    shown = cli.run("list").stdout
    assert all(len(line) <= 80 for line in shown.splitlines())
    folded = " ".join(shown.split())
    for part in (
        "radiology-of-the-north",
        '"ward [7], the one by the lift"',
        "tiers fast, private; private only",
        "at most 1,200 requests a minute, 99.5 US$ a month",
        f"replaced by {new['id']}",
        f"replaces {old['id']}",
    ):
        assert part in folded


def test_looking_makes_no_state_directory(cli: Cli, tmp_path: Path) -> None:
    for command in (["list"], ["revoke", "x"], ["rotate", "x"]):
        assert cli.run(*command).exit_code == 1
    assert not (tmp_path / "state").exists()
