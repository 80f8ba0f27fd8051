"""Models are moved on the command line by two people, and models.yaml follows."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from router.domain import Role
from router.registry.card import LifecycleState
from router.trials.canary_test import CanaryTest, evidence_of
from router.trials.halts import halt
from serving.cli.actor import TOKEN_VARIABLE
from serving.cli.models import app
from serving.cluster.accounts import open_key_store
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from tests.migrated import migrated_state
from tests.unit.router.lifecycle.models_file import MODELS, comments, policy_text, record

COMMANDS = ["list", "show", "promote", "approve", "reject", "rollback", "retire", "adopt"]
EVALUATION, SAFETY, BIAS = "evaluation", "safety", "bias"


@dataclass
class House:
    """A models.yaml, a policy, a state directory, and people with keys of their own."""

    directory: Path
    tokens: Mapping[str, str] = field(default_factory=dict)

    @property
    def models(self) -> Path:
        return self.directory / "models.yaml"

    def run(self, *words: str, by: str | None = None) -> Result:
        token = {TOKEN_VARIABLE: "" if by is None else self.tokens[by], "COLUMNS": "80"}
        places = ["--models", str(self.models), "--state-dir", str(self.directory / "state")]
        if words[0] not in {"list", "show"}:
            places += ["--policy", str(self.directory / "policy.yaml")]
        return CliRunner().invoke(app, [*words, *places], env=token)

    def ran(self, *words: str, by: str | None = None) -> Any:
        result = self.run(*words, "--json", by=by)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def promote(self, to: str, *kinds: str, by: str = "first", share: str | None = None) -> Any:
        shown = [f"--evidence={kind}={self.directory / kind}.json" for kind in kinds]
        part = [] if share is None else ["--share", share]
        words = ("promote", "tiny@2", "--to", to, "--reason", "because", *shown, *part)
        return self.ran(*words, by=by)

    def data(self) -> Any:
        return yaml.safe_load(self.models.read_text())


@pytest.fixture
def house(tmp_path: Path) -> House:
    (tmp_path / "models.yaml").write_text(MODELS)
    (tmp_path / "policy.yaml").write_text(policy_text())
    for kind in (EVALUATION, SAFETY, BIAS):
        record(tmp_path / f"{kind}.json", passed=True)
    store = open_key_store(migrated_state(tmp_path / "state"))
    tokens = {
        owner: store.create(team="platform", owner=owner, roles=[role])[1]
        for owner, role in (
            ("first", Role.OPERATOR),
            ("second", Role.OPERATOR),
            ("someone", Role.DEVELOPER),
        )
    }
    return House(tmp_path, tokens)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert f"Example: ringfence models {command}" in " ".join(shown.stdout.split())


def test_two_people_bring_a_version_into_production_and_one_takes_it_back(house: House) -> None:
    assert house.promote("shadow", EVALUATION)["status"] == "applied"
    waiting = house.promote("canary", EVALUATION, SAFETY, share="0.05")
    assert waiting["status"] == "waiting"
    assert house.data()["models"][1]["lifecycle"]["state"] == "shadow", "nothing moves alone"
    (listed,) = house.ran("list")["waiting"]
    assert listed["move"] == waiting["move"]
    assert waiting["move"] in house.run("list").stdout
    house.ran("approve", waiting["move"], by="second")
    assert house.data()["models"][1]["lifecycle"]["canary_share"] == 0.05
    waiting = house.promote("production", EVALUATION, SAFETY, BIAS, by="second")
    house.ran("approve", waiting["move"], by="first")
    assert house.data()["aliases"] == {"tiny": {"champion": "2"}}
    back = house.ran("rollback", "tiny", "--reason", "wrong language", by="second")
    assert (back["champion_before"], back["champion_after"]) == ("2", "1")
    assert house.data()["aliases"] == {"tiny": {"champion": "1"}}
    assert comments(house.models.read_text()) == comments(MODELS)
    shown = house.ran("show", "tiny@2")
    assert [move["to"] for move in shown["moves"]] == ["shadow", "canary", "production"]
    assert [move["decided_by"] for move in shown["moves"]] == ["first", "second", "first"]
    assert {item["kind"] for item in shown["evidence"]} == {EVALUATION, SAFETY, BIAS}


def test_whoever_proposed_it_does_not_approve_it(house: House) -> None:
    house.promote("shadow", EVALUATION)
    move = house.promote("canary", EVALUATION, SAFETY, share="0.5")["move"]
    refused = house.run("approve", move, by="first")
    assert refused.exit_code == 1
    assert "somebody else" in refused.stderr
    anonymous = house.run("approve", move)
    assert anonymous.exit_code == 1
    assert house.ran("reject", move, "--reason", "not in May", by="first")["status"] == "refused"
    assert house.run("approve", move, by="second").exit_code == 1


def test_only_operators_move_models(house: House) -> None:
    words = ("retire", "tiny@2", "--reason", "unused")
    refused = house.run(*words, by="someone")
    assert refused.exit_code == 1
    assert "operator" in refused.stderr
    assert house.models.read_text() == MODELS
    assert house.ran(*words, by="first")["to"] == "retired"


def test_what_the_policy_needs_is_not_retired(house: House) -> None:
    entry = MODELS[MODELS.index("  - id: tiny  #") : MODELS.index("  # The one that may")]
    other = entry.replace("id: tiny", "id: other").replace("&engine", "&other")
    text = MODELS.replace("# What a bare id", other + "# What a bare id")
    house.models.write_text(text.replace("# The end.", '  other: {champion: "1"}\n# The end.'))
    words = ("promote", "tiny@1", "--to", "deprecated", "--reason", "old")
    assert house.ran(*words, by="first")["to"] == "deprecated"
    before = house.models.read_text()
    refused = house.run("retire", "tiny@1", "--reason", "older", by="first")
    assert refused.exit_code == 1
    assert "the registry does not have" in refused.stderr
    assert house.models.read_text() == before


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("promote", "tiny@2", "--to", "canary", "--reason", "x"), 1, "goes to shadow, retired"),
        (("promote", "tiny@2", "--to", "shadow", "--reason", "x"), 1, "--evidence evaluation=FILE"),
        (("promote", "tiny@2", "--to", "shadow", "--reason", ""), 2, "say why"),
        (("promote", "tiny@2", "--to", "best", "--reason", "x"), 2, "best"),
        (("promote", "tiny@9", "--to", "shadow", "--reason", "x"), 1, "tiny@1, tiny@2"),
        (
            ("promote", "tiny@2", "--to", "shadow", "--reason", "x", "--evidence", "x"),
            2,
            "KIND=FILE",
        ),
        (("rollback", "tiny", "--reason", "x"), 1, "no recorded move"),
        (("approve", "unknown"), 1, "no such move"),
        (("show", "none"), 1, "tiny@1, tiny@2"),
    ],
)
def test_what_cannot_be_done_leaves_with_a_status_and_a_cure(
    house: House, words: tuple[str, ...], code: int, says: str
) -> None:
    refused = house.run(*words, by="first")
    assert refused.exit_code == code
    assert says in refused.stderr
    assert house.models.read_text() == MODELS
    assert house.ran("list")["waiting"] == []


def test_somebody_answers_for_what_was_there_before(house: House) -> None:
    adopted = house.ran("adopt", "tiny@1", "--reason", "before Ringfence was", by="first")
    assert (adopted["kind"], adopted["evidence"]) == ("adopt", [])
    assert house.models.read_text() == MODELS


def test_people_see_a_table_and_a_page(house: House) -> None:
    listed = house.run("list").stdout
    for shown in ("tiny@1", "tiny@2", "champion", "candidate", "restricted", "2027-01-01"):
        assert shown in listed
    house.promote("shadow", EVALUATION)
    page = house.run("show", "tiny@candidate").stdout
    for shown in ("tiny@2", "shadow", "lifecycle", "evaluation.json", "because"):
        assert shown in page


def test_a_long_name_is_listed_whole_on_a_narrow_terminal(house: House) -> None:
    name = "claude-sonnet-4-5@20250929"
    text = MODELS.replace("id: tiny", "id: claude-sonnet-4-5").replace('"1"', '"20250929"')
    house.models.write_text(text.replace("  tiny: {", "  claude-sonnet-4-5: {"))
    table = house.run("list").stdout.partition("\n\n")[0].splitlines()
    assert max(map(len, table)) <= 80
    (row,) = [line for line in table if name in line]
    assert row.split() == [name, "champion", "production", "restricted", "2027-01-01"]


@pytest.mark.parametrize("state", list(LifecycleState))
def test_a_page_says_in_words_whom_a_version_answers(house: House, state: LifecycleState) -> None:
    text = MODELS
    life = state.value
    if state is LifecycleState.CANARY:
        life += "\n      canary_share: 0.05"
        text = text.replace('"1"}', '"1", candidate: "2"}')
    house.models.write_text(text.replace("state: candidate  # not yet tried", f"state: {life}"))
    page = house.run("show", "tiny@2").stdout
    (answers,) = [line for line in page.splitlines() if line.startswith("  answers")]
    assert ("nobody" in answers) is not state.answers_clients
    if state is LifecycleState.SHADOW:
        assert "nobody: no request reaches it, nor a copy of one" in answers
    if state is LifecycleState.CANARY:
        assert "canary of 0.05, since 2026-02-01" in page
    for python in ("None", "LifecycleState", "{", "["):
        assert python not in page


def test_what_is_next_is_said(house: House) -> None:
    words = ("promote", "tiny@2", "--to", "shadow", "--reason", "x")
    moved = house.run(
        *words, f"--evidence=evaluation={house.directory}/evaluation.json", by="first"
    )
    assert "models.yaml says so now" in moved.stderr
    assert "ringfence policy apply" in moved.stderr
    kinds = [f"--evidence={kind}={house.directory}/{kind}.json" for kind in (EVALUATION, SAFETY)]
    words = ("promote", "tiny@2", "--to", "canary", "--share", "0.5", "--reason", "x", *kinds)
    waits = house.run(*words, by="first")
    assert f"ringfence models approve {waits.stdout.strip()}" in waits.stderr
    approved = house.run("approve", waits.stdout.strip(), by="second")
    assert "ringfence policy apply" in approved.stderr
    assert "policy apply" not in house.run("adopt", "tiny@1", "--reason", "x", by="first").stderr


def test_whoever_is_nobody_in_particular_is_told_so_before_anything_waits(house: House) -> None:
    house.promote("shadow", EVALUATION)
    kinds = [f"--evidence={kind}={house.directory}/{kind}.json" for kind in (EVALUATION, SAFETY)]
    words = ("promote", "tiny@2", "--to", "canary", "--share", "0.5", "--reason", "x", *kinds)
    refused = house.run(*words)
    assert refused.exit_code == 1
    assert "ringfence keys create" in refused.stderr
    assert "RINGFENCE_TOKEN" in refused.stderr
    assert house.ran("list")["waiting"] == []


def test_a_move_that_is_overtaken_is_listed_so_and_ends_with_the_next(house: House) -> None:
    house.promote("shadow", EVALUATION)
    waiting = house.promote("canary", EVALUATION, SAFETY, share="0.5")["move"]
    assert "overtaken" not in house.run("list").stdout
    text = house.models.read_text()
    house.models.write_text(text.replace("context_tokens: 100", "context_tokens: 99"))
    assert "overtaken" in house.run("list").stdout
    (listed,) = house.ran("list")["waiting"]
    assert (listed["move"], listed["overtaken"]) == (waiting, True)
    assert "the move is overtaken" in house.run("approve", waiting, by="second").stderr
    house.ran("retire", "tiny@2", "--reason", "unused", by="second")
    assert house.ran("list")["waiting"] == []
    ended = [move for move in house.ran("show", "tiny@2")["moves"] if move["move"] == waiting]
    assert [(move["status"], move["decided_by"]) for move in ended] == [("refused", "second")]


def test_what_no_move_has_brought_about_is_listed_until_somebody_answers(house: House) -> None:
    says = "tiny@1 is production in models.yaml, and no move of it is recorded"
    for words in (("list",), ("show", "tiny@1")):
        said = house.run(*words).stdout
        assert says in said
        assert "cure: have somebody answer for it by `ringfence models adopt`" in said
    assert says not in house.run("show", "tiny@2").stdout
    (listed,) = house.ran("list")["unrecorded"]
    assert (listed["name"], listed["what"], listed["by_hand"]) == ("tiny@1", "state", False)
    house.ran("adopt", "tiny@1", "--reason", "before Ringfence was", by="first")
    assert "adopt tiny@1: production, as it was found" in house.run("show", "tiny@1").stdout
    assert house.ran("list")["unrecorded"] == []
    house.models.write_text(house.models.read_text().replace('"1"}', '"1", candidate: "2"}'))
    (listed,) = house.ran("show", "tiny")["unrecorded"]
    assert (listed["said"], listed["recorded"]) == ("2", "no version")
    assert "the candidate of tiny is 2" in house.run("show", "tiny").stdout
    refused = house.run("adopt", "tiny@1", "--reason", "it helps", by="first")
    assert refused.exit_code == 1
    assert "models.yaml:" in refused.stderr


def test_looking_makes_no_state_directory(tmp_path: Path) -> None:
    (tmp_path / "models.yaml").write_text(MODELS)
    house = House(tmp_path)
    assert house.ran("show", "tiny")["moves"] == []
    assert not (tmp_path / "state").exists()


def test_a_canary_that_was_halted_is_promoted_by_nobody_until_it_is_resumed(house: House) -> None:
    house.promote("shadow", EVALUATION)
    canary = house.promote("canary", EVALUATION, SAFETY, share="0.05")
    house.ran("approve", canary["move"], by="second")
    waiting = house.promote("production", EVALUATION, SAFETY, BIAS)
    engine = open_database(ClusterPaths.of(house.directory / "state"))
    with engine.begin() as connection:
        halt(connection, "tiny@2", evidence_of(CanaryTest.begin(0.02), 0.05), time.time())
    engine.dispose()

    approved = house.run("approve", waiting["move"], by="second")
    assert approved.exit_code == 1
    assert "was halted" in approved.stderr
    shown = [f"--evidence={kind}={house.directory / kind}.json" for kind in (EVALUATION, SAFETY)]
    again = ("promote", "tiny@2", "--to", "production", "--reason", "x", *shown)
    assert house.run(*again, by="first").exit_code == 1
    assert house.promote("candidate")["status"] == "applied"
