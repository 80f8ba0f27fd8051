"""`ringfence models canary`: how a canary does, and how it goes on after a halt."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import Engine
from typer import Typer
from typer.testing import CliRunner

from router.policy.archive import Active, activate, keep
from router.policy.load import load_rules
from router.trials.canary_test import CanaryTest, evidence_of
from router.trials.halts import halt
from serving.cli.models_canary import canary
from serving.cluster.database import open_database
from tests.migrated import migrated_state
from tests.unit.router.trials.canary_records import CANARY, CHAMPION, decide, observe, write_files

app = Typer()
app.command("canary")(canary)
app.command("nothing")(lambda: None)


class Cluster:
    """A state directory whose rules, with a canary in them, have served."""

    def __init__(self, directory: Path) -> None:
        self.paths = migrated_state(directory / "state")
        self.engine: Engine = open_database(self.paths)
        text = load_rules(*write_files(directory, share=0.05)).policy.text
        with self.engine.begin() as connection:
            activate(connection, Active(keep(connection, text), 1.0, "a test"))

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(app, ["canary", *words, "--state-dir", str(self.paths.state)])

    def shown(self, *words: str) -> dict[str, Any]:
        ran = self.run(*words, "--json")
        assert ran.exit_code == 0, ran.output
        (found,) = json.loads(ran.stdout)["canaries"]
        return dict(found)


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path)


def test_its_help_has_an_example() -> None:
    shown = CliRunner().invoke(app, ["canary", "--help"])
    assert "Example: ringfence models canary" in " ".join(shown.stdout.split())


def test_it_shows_what_came_of_both_versions_requests(cluster: Cluster) -> None:
    now_s = time.time()
    with cluster.engine.begin() as connection:
        for number, model in enumerate((CHAMPION, CHAMPION, CANARY)):
            decide(connection, f"request-{number}", model, now_s - 60 + number)
            bad = model == CANARY
            observe(connection, f"request-{number}", model, now_s - 50 + number, bad=bad)
    found = cluster.shown()
    assert (found["model"], found["champion"], found["halted"]) == (CANARY, CHAMPION, False)
    assert (found["answers"]["canary"]["bad"], found["answers"]["champion"]["requests"]) == (1, 2)
    assert 1 < found["peak"] < found["halts_at"] == 20
    page = cluster.run().stdout
    assert "100.0%" in page
    assert "5%" in page


def test_a_halted_one_goes_on_when_somebody_says_so_and_why(cluster: Cluster) -> None:
    evidence = evidence_of(CanaryTest.begin(0.02), 0.05)
    with cluster.engine.begin() as connection:
        halt(connection, CANARY, evidence, time.time())
    assert cluster.shown()["halted"]
    assert "halted" in cluster.run().stdout
    assert cluster.run("--resume", CANARY).exit_code == 2
    found = cluster.shown("--resume", CANARY, "--reason", "The node was at fault.")
    assert not found["halted"]
    again = cluster.run("--resume", CANARY, "--reason", "The node was at fault.")
    assert again.exit_code == 1
    assert "is not halted" in again.stderr
