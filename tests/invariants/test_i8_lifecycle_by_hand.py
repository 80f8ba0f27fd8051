"""A model's state comes from a recorded move: running gateways do not follow an edit by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from router.domain import Role
from router.errors import ConfigError
from router.policy.archive import Active, activate, active, keep
from router.policy.load import load_rules
from serving.cli.actor import TOKEN_VARIABLE
from serving.cli.main import app
from serving.cli.unrecorded import require_startable
from serving.cluster.accounts import open_key_store
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from tests.migrated import migrated_state
from tests.unit.router.lifecycle.models_file import MODELS, policy_text, record

EVIDENCE = ("evaluation", "safety", "bias")
CANDIDATE = "      state: candidate  # not yet tried\n"
CHAMPION = '  tiny: {champion: "1"}  # the only one\n'


@dataclass
class House:
    """A cluster that has served with models.yaml, two operators, and whoever has the files."""

    directory: Path
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def models(self) -> Path:
        return self.directory / "models.yaml"

    @property
    def policy(self) -> Path:
        return self.directory / "policy.yaml"

    @property
    def state(self) -> Path:
        return self.directory / "state"

    def run(self, *words: str, by: str | None = None) -> Result:
        files = ["--models", self.models, "--policy", self.policy, "--state-dir", self.state]
        environment = {TOKEN_VARIABLE: "" if by is None else self.tokens[by]}
        return CliRunner().invoke(app, [*words, *map(str, files)], env=environment)

    def ran(self, *words: str, by: str | None = None) -> Any:
        result = self.run(*words, "--json", by=by)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def apply(self) -> Result:
        return self.run("policy", "apply", "--reason", "because")

    def promote(self, to: str, *more: str) -> None:
        """By two people, where it takes two."""
        shown = [f"--evidence={kind}={self.directory / kind}.json" for kind in EVIDENCE]
        words = ("models", "promote", "tiny@2", "--to", to, "--reason", "because", *more, *shown)
        move = self.ran(*words, by="first")
        if move["status"] == "waiting":
            self.ran("models", "approve", move["move"], by="second")

    def edit(self, old: str, new: str) -> None:
        text = self.models.read_text()
        assert old in text
        self.models.write_text(text.replace(old, new))

    def serves(self) -> str:
        engine = open_database(ClusterPaths.of(self.state))
        with engine.connect() as connection:
            now = active(connection)
        engine.dispose()
        assert now is not None
        return now.digest

    def digest(self) -> str:
        return load_rules(self.models, self.policy).policy.digest


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.models.write_text(MODELS)
    house.policy.write_text(policy_text())
    for kind in EVIDENCE:
        record(tmp_path / f"{kind}.json", passed=True)
    paths = migrated_state(house.state)
    engine = open_database(paths)
    with engine.begin() as connection:
        text = load_rules(house.models, house.policy).policy.text
        activate(connection, Active(keep(connection, text, 1.0), 1.0, "started"))
    engine.dispose()
    store = open_key_store(paths)
    for owner in ("first", "second"):
        _, token = store.create(team="platform", owner=owner, roles=[Role.OPERATOR])
        house.tokens[owner] = token
    return house


@pytest.mark.parametrize(
    ("edits", "line", "cure"),
    [
        (
            [(CANDIDATE, "      state: production\n")],
            "      state: production",
            "write `candidate` again, and bring it there by `ringfence models promote`",
        ),
        (
            [
                (CANDIDATE, "      state: canary\n      canary_share: 0.5\n"),
                (CHAMPION, '  tiny: {champion: "1", candidate: "2"}\n'),
            ],
            "      state: canary",
            "write `candidate` again",
        ),
        (
            [(CANDIDATE, "      state: production\n"), ('champion: "1"', 'champion: "2"')],
            '  tiny: {champion: "2"}  # the only one',
            'write "1" again',
        ),
        (
            [("{state: production,", "{state: deprecated,")],
            '    lifecycle: {state: deprecated, since: "2026-01-01"}  # moved by hand',
            "write `production` again",
        ),
    ],
    ids=["production", "canary", "champion", "deprecated"],
)
def test_an_edit_by_hand_does_not_serve(
    house: House, edits: list[tuple[str, str]], line: str, cure: str
) -> None:
    before = house.serves()
    for old, new in edits:
        house.edit(old, new)
    refused = house.apply()
    assert refused.exit_code == 1
    number = house.models.read_text().splitlines().index(line) + 1
    assert f"models.yaml:{number}: " in refused.stderr
    assert cure in refused.stderr
    assert house.serves() == before
    house.models.write_text(MODELS + "# Nothing but a remark.\n")
    assert house.apply().exit_code == 0
    assert house.serves() == house.digest()


def test_what_moves_have_brought_about_serves(house: House) -> None:
    for to, more in (("shadow", ()), ("canary", ("--share", "0.05")), ("production", ())):
        house.promote(to, *more)
        applied = house.apply()
        assert applied.exit_code == 0, applied.stderr
        assert house.serves() == house.digest()
    house.edit('champion: "2"', 'champion: "1"')
    assert house.apply().exit_code == 1, "back again takes a move, too"
    house.edit('champion: "1"', 'champion: "2"')
    house.ran("models", "rollback", "tiny", "--reason", "wrong language", by="first")
    assert house.apply().exit_code == 0, "by one person, while the other sleeps"
    assert house.serves() == house.digest()


def test_a_share_is_moved_and_not_edited(house: House) -> None:
    house.promote("shadow")
    house.promote("canary", "--share", "0.05")
    assert house.apply().exit_code == 0
    house.edit("canary_share: 0.05", "canary_share: 0.95")
    refused = house.apply()
    assert refused.exit_code == 1
    assert (
        "canary of 0.95 in models.yaml, and canary of 0.05 is what was recorded" in refused.stderr
    )


def test_no_record_makes_an_edit_good_afterwards(house: House) -> None:
    """Neither by answering for it, nor by a move that starts from it."""
    house.edit(CANDIDATE, "      state: production\n")
    for words in (
        ("adopt", "tiny@2", "--reason", "it was always so"),
        ("promote", "tiny@2", "--to", "deprecated", "--reason", "old"),
    ):
        refused = house.run("models", *words, by="first")
        assert refused.exit_code == 1
        assert "no move starts from an edit by hand" in refused.stderr
    assert house.apply().exit_code == 1
    house.edit("      state: production\n", CANDIDATE)
    house.ran("models", "adopt", "tiny@1", "--reason", "here before Ringfence was", by="first")
    applied = house.apply()
    assert applied.exit_code == 0
    assert "recorded" not in applied.stderr


def test_what_is_retired_comes_back_by_no_edit(house: House) -> None:
    house.ran("models", "retire", "tiny@2", "--reason", "unused", by="first")
    assert house.apply().exit_code == 0
    require_startable(house.state, house.models)
    house.edit("state: retired", "state: candidate")
    refused, checked = house.apply(), house.run("check")
    for found in (refused, checked):
        assert found.exit_code == 1
        assert "tiny@2 is candidate in models.yaml, and was retired for good" in found.stderr
    with pytest.raises(ConfigError, match="as another version"):
        require_startable(house.state, house.models)


def test_a_cluster_starts_with_other_edits_and_they_are_named(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.edit(CANDIDATE, "      state: production\n")
    require_startable(house.state, house.models)
    assert "brought tiny@1, tiny@2 to where models.yaml says" in capsys.readouterr().err
    checked = house.run("check")
    assert checked.exit_code == 0
    assert "tiny@2 is production in models.yaml, and no move of it is recorded" in checked.stderr
