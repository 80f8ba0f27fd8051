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


@pytest.mark.parametrize("command", ["create", "rotate", "list", "revoke"])
def test_every_command_shows_an_example(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert f"Example: ringfence keys {command}" in " ".join(shown.stdout.split())


def test_a_key_is_made_with_all_that_it_may(cli: Cli) -> None:
    scope = ["--models", "ward,desk", "--private-only", "--owner", "a.author"]
    made = cli.json("create", "--team", "clinic", "--roles", "developer,auditor", *scope)
    [listed] = cli.json("list")
    assert made["key"] not in json.dumps(listed)
    assert (listed["models"], listed["private_only"]) == (["desk", "ward"], True)
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
    assert [key["state"] for key in cli.json("list")] == ["valid", "valid"]


@pytest.mark.parametrize("token", ["rf-nobodys", "a.b.c", "garbage"])
def test_a_token_that_is_nobodys_is_refused(cli: Cli, token: str) -> None:
    refused = cli.run("create", "--team", "clinic", token=token)
    assert refused.exit_code == 1
    assert token not in refused.output


def test_an_administrator_who_was_revoked_is_one_no_more(cli: Cli, admin: str) -> None:
    [first] = cli.json("list")
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
    assert refused.exit_code == 1
    assert "owner" in refused.stderr
    wrong = cli.run("create", "--team", "ops", "--roles", "king", "--owner", "a.author")
    assert wrong.exit_code == 1
    assert "admin" in wrong.stderr


def test_people_see_a_table(cli: Cli, admin: str) -> None:
    shown = CliRunner().invoke(app, ["list", *cli._place], env={"COLUMNS": "220"})
    assert shown.exit_code == 0
    for part in ("ops", "a.author", "admin", "valid"):
        assert part in shown.stdout
    assert admin not in shown.stdout


def test_looking_makes_no_state_directory(cli: Cli, tmp_path: Path) -> None:
    for command in (["list"], ["revoke", "x"], ["rotate", "x"]):
        assert cli.run(*command).exit_code == 1
    assert not (tmp_path / "state").exists()
