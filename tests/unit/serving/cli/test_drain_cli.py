"""`ringfence drain`: what is said while gateways answer, and where none does."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Engine, select
from typer import Typer
from typer.testing import CliRunner

from router.audit.tables import audit_entries
from router.load.drains import Drain, DrainLevel, drain, drains_now, tell
from router.load.gates import Presence
from router.policy.archive import Active, activate, keep
from router.policy.load import load_rules
from serving.cli import drain as drain_cli
from serving.cli.drain import drain_command
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from tests.migrated import migrated_state
from tests.unit.router.lifecycle.models_file import MODELS, policy_text

MODEL = "tiny@1"

app = Typer()
app.command("drain")(drain_command)
app.command("nothing")(lambda: None)


class Cluster:
    """A state directory whose rules have served; `gateway` answers as one would."""

    def __init__(self, directory: Path) -> None:
        self.paths = migrated_state(directory / "state")
        models, policy = directory / "models.yaml", directory / "policy.yaml"
        models.write_text(MODELS)
        policy.write_text(policy_text())
        self.engine: Engine = open_database(self.paths)
        text = load_rules(models, policy).policy.text
        with self.engine.begin() as connection:
            activate(connection, Active(keep(connection, text), 1.0, "a test"))

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(app, ["drain", *words, "--state-dir", str(self.paths.state)])

    @contextmanager
    def gateway(self, *found: Presence) -> Iterator[None]:
        """Says of every drain one thing after the other, and the last for ever."""
        over = threading.Event()

        def answer() -> None:
            said = [*found]
            while not over.wait(0.02):
                with self.engine.begin() as connection:
                    for about in drains_now(connection):
                        level = DrainLevel("g", 1, said[0])
                        tell(connection, about, level, time.time())
                        said = said[1:] or said

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def acts(self) -> list[tuple[str, str]]:
        with self.engine.connect() as connection:
            entries = connection.scalars(select(audit_entries.c.body))
            found = [json.loads(entry) for entry in entries]
        return [(each["act"], each["reason"]) for each in found if "drain" in each["act"]]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    found = Cluster(tmp_path)
    yield found
    found.engine.dispose()


def test_it_says_when_nobody_is_there_any_more(cluster: Cluster) -> None:
    with cluster.gateway(Presence(running=2, waiting=1), Presence(running=1), Presence()):
        result = cluster.run("private", "--reason", "a new driver", "--json")
    assert result.exit_code == 0, result.stderr
    (found,) = json.loads(result.stdout)["drains"]
    assert (found["model"], found["drained"], found["reason"]) == (MODEL, True, "a new driver")
    assert found["requests"] == {"running": 0, "waiting": 0, "cut": 0, "turned_away": 0}
    assert cluster.acts() == [("model.drained", "a new driver")]


def test_what_was_cut_is_said_and_is_no_success(cluster: Cluster) -> None:
    with cluster.gateway(Presence(running=3), Presence(cut=3, turned_away=2)):
        result = cluster.run(MODEL, "--deadline-s", "0", "--json")
        assert cluster.run(MODEL, "--undo", "--reason", "done").exit_code == 0
    assert result.exit_code == 1
    (found,) = json.loads(result.stdout)["drains"]
    assert (found["requests"]["cut"], found["requests"]["turned_away"]) == (3, 2)
    assert cluster.acts() == [("model.drained", ""), ("model.undrained", "done")]
    assert "nothing is drained" in cluster.run().stdout


def test_whose_requests_nobody_else_may_see_is_warned_of(cluster: Cluster) -> None:
    with cluster.gateway(Presence()):
        result = cluster.run(MODEL)
    assert "nothing else may see restricted requests" in result.stderr
    assert "drained" in cluster.run().stdout


def test_without_an_answer_the_drain_is_kept_and_that_is_said(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_cli, "_ANSWER_S", 0.1)
    result = cluster.run(MODEL)
    assert result.exit_code == 1
    assert "no gateway has answered for" in result.stderr
    assert "no gateway answers" in cluster.run().stdout
    (found,) = json.loads(cluster.run("--json").stdout)["drains"]
    assert not found["drained"]


def test_who_stays_for_longer_than_that_is_told_of(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_cli, "_ANSWER_S", 0.5)
    with cluster.gateway(Presence(running=1)):
        result = cluster.run(MODEL, "--deadline-s", "0")
    assert result.exit_code == 1
    assert "1 run and 0 wait still" in result.stderr


def test_a_drain_ends_also_when_its_model_is_gone(cluster: Cluster) -> None:
    with cluster.engine.begin() as connection:
        drain(connection, Drain("gone@1", 1.0, 2.0, "somebody", ""))
    assert cluster.run("gone@1", "--undo").exit_code == 0
    assert "nothing is drained" in cluster.run().stdout


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("nobody",), "no model is called nobody"),
        ((MODEL, "--undo"), "is not drained"),
    ],
)
def test_what_cannot_be_done_says_why(cluster: Cluster, words: tuple[str, ...], why: str) -> None:
    result = cluster.run(*words)
    assert result.exit_code == 1
    assert why in result.stderr
    assert cluster.acts() == []


def test_nothing_can_be_drained_where_nothing_ever_served(tmp_path: Path) -> None:
    paths = ClusterPaths.of(tmp_path / "state")
    open_database(paths).dispose()
    result = CliRunner().invoke(app, ["drain", MODEL, "--state-dir", str(paths.state)])
    assert result.exit_code == 1
    assert "ringfence up" in result.stderr


def test_its_help_shows_an_example() -> None:
    shown = CliRunner().invoke(app, ["drain", "--help"]).stdout
    assert "Example: ringfence drain" in " ".join(shown.split())
