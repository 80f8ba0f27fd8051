"""What `up` judged is what starts, also when a part of the cluster starts again by itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from router.policy.archive import Active, activate, keep
from router.policy.load import load_rules
from router.policy.policy import Rules
from router.store.database import connect
from serving.cluster.deploy import deploy_schema
from serving.cluster.judged_rules import FilesChanged, judged_rules
from serving.cluster.launch import JudgedRules, Launch
from serving.cluster.paths import ClusterPaths
from serving.cluster.report import Phase, read_report
from tests.migrated import migrated_state
from tests.unit.router.lifecycle.models_file import MODELS, policy_text
from tests.unit.serving.cluster.launches import launch

ASKED_AT_S = 100.0


class House:
    """Two files, and the database that gateways and the command line share."""

    def __init__(self, directory: Path) -> None:
        self.models, self.policy = directory / "models.yaml", directory / "policy.yaml"
        self.models.write_text(MODELS)
        self.policy.write_text(policy_text())
        self.url = migrated_state(directory / "state").database_url
        self.judged = JudgedRules(self.files().policy.digest, ASKED_AT_S)

    def files(self) -> Rules:
        return load_rules(self.models, self.policy)

    def edit(self) -> Rules:
        self.policy.write_text(f"# another day\n{self.policy.read_text()}")
        return self.files()

    def apply(self, rules: Rules, at_s: float) -> None:
        engine = connect(self.url)
        with engine.begin() as connection:
            assert activate(
                connection, Active(keep(connection, rules.policy.text), at_s, "somebody")
            )
        engine.dispose()

    def start(self, judged: JudgedRules | None) -> Rules:
        return judged_rules(self.models, self.policy, judged, self.url)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_files_that_change_between_up_and_the_start_do_not_start(house: House) -> None:
    assert house.start(house.judged).policy.digest == house.judged.digest
    house.edit()
    with pytest.raises(FilesChanged, match="run `ringfence up` again"):
        house.start(house.judged)


def test_the_supervisor_ends_before_anything_runs_and_says_what_to_do(
    house: House, tmp_path: Path
) -> None:
    paths = ClusterPaths.of(tmp_path / "state")
    launch(
        paths.state, models=str(house.models), policy=str(house.policy), judged=house.judged
    ).save(paths)
    house.edit()
    words = [sys.executable, "-m", "serving.cluster.supervisor", str(paths.state)]
    ended = subprocess.run(words, check=False, capture_output=True)
    assert ended.returncode == 1, ended.stderr
    report = read_report(paths)
    assert report is not None
    assert report.phase is Phase.FAILED
    assert "run `ringfence up` again" in report.detail


def test_where_nobody_judged_the_files_that_are_there_start(house: House) -> None:
    edited = house.edit()
    assert house.start(None).policy.digest == edited.policy.digest


def test_a_part_that_starts_again_starts_with_what_served(house: House) -> None:
    house.apply(house.files(), ASKED_AT_S)
    assert house.start(house.judged).policy.digest == house.judged.digest


def test_what_was_applied_since_up_goes_before_the_files_whatever_they_say(house: House) -> None:
    judged = house.policy.read_text()
    applied = house.edit()
    house.apply(applied, ASKED_AT_S + 1)
    for text in (applied.policy.text.policy.decode(), judged, f"# a third\n{judged}"):
        house.policy.write_text(text)
        started = house.start(house.judged)
        assert started.policy.digest == applied.policy.digest
        assert started.policy.text.policy_file == str(house.policy)


def test_what_was_applied_before_up_does_not(house: House) -> None:
    judged = house.policy.read_text()
    house.apply(house.edit(), ASKED_AT_S - 1)
    house.policy.write_text(judged)
    assert house.start(house.judged).policy.digest == house.judged.digest


def test_the_supervisor_and_the_gateways_builder_hear_of_what_was_judged(tmp_path: Path) -> None:
    said = launch(tmp_path, judged=JudgedRules("sha256:abc", ASKED_AT_S))
    said.paths.create()
    said.save(said.paths)
    assert Launch.load(said.paths) == said
    args = deploy_schema(said, ()).applications[0].args
    assert args["judged"] == {"digest": "sha256:abc", "at_s": ASKED_AT_S}
    assert "judged" not in deploy_schema(launch(tmp_path), ()).applications[0].args
