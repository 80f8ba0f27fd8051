"""`ringfence route train`: from records to a router that says whether it may go live."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from benchmarks.quality.record import Build, Model, Outcome, QualityRecord, SuitePart, to_json
from benchmarks.quality.suite import make_suite
from benchmarks.quality.suites_file import load_entries
from router.learned.artifact import load_artifact
from serving.cli.route_train import train

ROOT = Path(__file__).parents[4]
KEYS = ("smollm2-135m-private@1", "smollm2-135m-fast@1")
SUITES = """schema: 1
suites:
  - name: sorting
    task: classification
    kind: task
    owner: tests
    about: labels
    source: {generator: classification}
    scorer: label
    seed: 3
    items: 120
    max_tokens: 10
"""

app = Typer()
app.command()(train)


@pytest.fixture
def suites(tmp_path: Path) -> Path:
    path = tmp_path / "suites.yaml"
    path.write_text(SUITES)
    return path


def write_records(folder: Path, suites: Path) -> Path:
    """Two models whose answers are right by lot: there is nothing to learn."""
    folder.mkdir()
    (entry,) = load_entries(suites).values()
    suite = make_suite(entry, {})
    lots = random.Random(4)
    for number, key in enumerate(KEYS):
        outcomes = [
            Outcome(
                suite=entry.name,
                item=item.id,
                score=float(lots.random() < 0.4 + 0.3 * number),
                model=key,
                input_tokens=9,
                output_tokens=9,
                cost_nano_usd=1_000 * (1 + 9 * number),
                latency_s=0.1,
                request_id="0",
            )
            for item in suite.items
        ]
        part = SuitePart(
            name=entry.name,
            task=entry.task,
            kind="task",
            owner=entry.owner,
            digest=suite.digest,
            items=len(outcomes),
        )
        record = QualityRecord(
            schema=1,
            id=f"quality-{number}",
            made_at=datetime(2026, 11, 22, tzinfo=UTC),
            ringfence=Build(version="0.1.0", commit="0" * 40),
            uncommitted_changes=False,
            inspect_ai="0",
            choice=key,
            model=Model(key=key, weights_digest=None),
            policy_digest="sha256:00",
            seed=1,
            declared_tasks=False,
            suites=(part,),
            outcomes=tuple(outcomes),
            quality={},
            by_suite={},
        )
        (folder / f"quality-{number}.json").write_text(to_json(record))
    return folder


def test_one_that_learned_from_noise_is_written_and_stays_off(tmp_path: Path, suites: Path) -> None:
    records = write_records(tmp_path / "records", suites)
    target = tmp_path / "router.npz"
    result = CliRunner().invoke(
        app,
        (
            "--outcomes",
            str(records),
            "--out",
            str(target),
            "--suites",
            str(suites),
            "--json",
            "--models",
            str(ROOT / "models.yaml"),
        ),
    )
    assert result.exit_code == 1
    assert result.stdout, result.stderr
    told = json.loads(result.stdout)
    assert told["may_go_live"] is False
    assert "not better than the task lookup" in told["reason"]
    artifact = load_artifact(target)
    assert artifact.sha256 == told["sha256"]
    assert artifact.header.models == tuple(sorted(KEYS))


def test_without_records_it_says_what_makes_them(tmp_path: Path) -> None:
    models = ("--models", str(ROOT / "models.yaml"))
    result = CliRunner().invoke(
        app, ("--outcomes", str(tmp_path), "--out", str(tmp_path / "router.npz"), *models)
    )
    assert result.exit_code == 1
    assert "ringfence bench quality" in result.stderr
