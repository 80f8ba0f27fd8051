"""`ringfence models trials`: what became of shadows and canaries, in one place."""

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

from router.domain import DataClass, Usage
from router.policy.archive import Active, activate, keep
from router.policy.load import load_rules
from router.trials.book import Came, Sending, note, send
from router.trials.canary_test import CanaryTest, evidence_of
from router.trials.halts import halt, resume
from serving.cli.models_trials import trials
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from tests.unit.router.trials.canary_records import (
    CANARY,
    CHAMPION,
    decide,
    end,
    observe,
    write_files,
)

app = Typer()
app.command("trials")(trials)
app.command("nothing")(lambda: None)
USD = 10**9


def run(paths: ClusterPaths, *words: str) -> Result:
    return CliRunner().invoke(app, ["trials", *words, "--state-dir", str(paths.state)])


def shown(paths: ClusterPaths) -> dict[str, Any]:
    ran = run(paths, "--json")
    assert ran.exit_code == 0, ran.output
    return dict(json.loads(ran.stdout))


@pytest.fixture
def paths(tmp_path: Path) -> ClusterPaths:
    """Of a cluster that has served a canary."""
    paths = ClusterPaths.of(tmp_path / "state")
    engine = open_database(paths)
    text = load_rules(*write_files(tmp_path, share=0.05)).policy.text
    with engine.begin() as connection:
        activate(connection, Active(keep(connection, text), 1.0, "a test"))
    engine.dispose()
    return paths


@pytest.fixture
def engine(paths: ClusterPaths) -> Any:
    engine = open_database(paths)
    yield engine
    engine.dispose()


def copies(engine: Engine, now_s: float) -> None:
    """Four for a shadow that is no version of models.yaml any more."""
    with engine.begin() as connection:
        for number in range(4):
            request_id = f"copy-{number}"
            decide(connection, request_id, CHAMPION, now_s)
            sending = Sending(
                request_id=request_id,
                data_class=DataClass.INTERNAL,
                champion=CHAMPION,
                shadow="tiny@9",
                weights_digest=None,
                task="summary",
                body_sha256="0" * 64,
                at_most=Usage(100, 200),
                cost_nano_usd=USD,
            )
            assert send(connection, sending, 100 * USD, now_s)
        answers = (
            Came("answered", 1.0, Usage(90, 20), USD // 4, shadow_flaw="refusal", agrees=False),
            Came("answered", 1.0, Usage(90, 20), USD // 4, champion_flaw="empty", agrees=True),
            Came("BackendTimeout", 1.0, Usage(90, 0), USD // 2),
        )
        for number, came in enumerate(answers):
            note(connection, f"copy-{number}", came)


def test_its_help_has_an_example() -> None:
    said = CliRunner().invoke(app, ["trials", "--help"])
    assert "Example: ringfence models trials" in " ".join(said.stdout.split())


def test_where_nothing_was_tried_it_says_so(tmp_path: Path, paths: ClusterPaths) -> None:
    assert run(ClusterPaths.of(tmp_path / "elsewhere")).exit_code == 1
    found = shown(paths)
    assert (found["shadows"], found["halts"]) == ([], [])
    (canary,) = found["canaries"]
    assert (canary["model"], canary["answers_given"], canary["cost_usd"]) == (CANARY, 0, 0.0)


def test_copies_are_shown_with_what_came_of_them_and_what_they_cost(
    engine: Engine, paths: ClusterPaths
) -> None:
    now_s = time.time()
    copies(engine, now_s)
    found = shown(paths)
    (shadow,) = found["shadows"]
    assert (shadow["shadow"], shadow["champion"], shadow["state"]) == ("tiny@9", CHAMPION, "gone")
    assert [shadow[name] for name in ("sent", "answered", "failed", "open")] == [4, 2, 1, 1]
    assert [shadow[name] for name in ("shadow_flawed", "champion_flawed")] == [1, 1]
    assert [shadow[name] for name in ("agreed", "compared")] == [1, 2]
    assert shadow["cost_usd"] == 2.0
    assert found["shadows_today"] == {"spent_usd": 2.0, "max_usd": 10.0}
    page = run(paths).stdout
    assert "4, 1 open" in page
    assert "$2.0000 today, of $10.00 a day" in page


def test_a_canary_is_shown_with_what_counts_and_what_its_answers_cost(
    engine: Engine, paths: ClusterPaths
) -> None:
    now_s = time.time()
    with engine.begin() as connection:
        for number, version in enumerate((CHAMPION, CANARY, CANARY)):
            request_id = f"request-{number}"
            decide(connection, request_id, version, now_s - 60)
            end(connection, request_id, version, now_s - 50)
            observe(connection, request_id, version, now_s - 50)
    (canary,) = shown(paths)["canaries"]
    assert canary["answers"]["canary"]["requests"] == 2
    assert (canary["answers_given"], canary["cost_usd"]) == (2, 2e-9)
    assert "tiny@2 gave 2 answers" in run(paths).stdout


def test_every_halt_is_shown_with_when_and_why_also_those_that_ended(
    engine: Engine, paths: ClusterPaths
) -> None:
    test = CanaryTest.begin(0.02)
    for _ in range(20):
        test.answered(by_canary=False, bad=False)
        test.answered(by_canary=True, bad=True)
    evidence = evidence_of(test, 0.05)
    with engine.begin() as connection:
        halt(connection, "tiny@7", evidence, 86_400.0)
        resume(connection, "tiny@7", "somebody", "mended", 90_000.0)
        halt(connection, CANARY, evidence, 172_800.0)
    found = shown(paths)
    halts = [(each["model"], each["halted_at_s"], each["resumed_at_s"]) for each in found["halts"]]
    assert halts == [("tiny@7", 86_400.0, 90_000.0), (CANARY, 172_800.0, None)]
    (canary,) = found["canaries"]
    assert canary["halted"]
    page = run(paths).stdout
    assert "tiny@7 halted 1970-01-02 00:00 UTC to 1970-01-02 01:00 UTC: failed 100.0%" in page
    assert "tiny@2 halted 1970-01-03 00:00 UTC until it is resumed" in page
