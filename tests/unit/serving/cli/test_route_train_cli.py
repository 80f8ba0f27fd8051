"""`ringfence route train`: from records to a router that says whether it may go live."""

from __future__ import annotations

import json
import random
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select
from typer import Typer
from typer.testing import CliRunner, Result

from benchmarks.quality.record import Build, Model, Outcome, QualityRecord, SuitePart, to_json
from benchmarks.quality.suite import make_suite
from benchmarks.quality.suites_file import load_entries
from router.audit.tables import audit_entries, decisions, outcomes
from router.domain import Role
from router.feedback.tables import feedback
from router.ids import new_id
from router.learned.artifact import load_artifact
from serving.cli.route_train import train
from serving.cluster.accounts import open_key_store
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from tests.migrated import migrated_state

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

MODELS_FILE = str(ROOT / "models.yaml")

app = Typer()
app.command()(train)


class House:
    """A state directory with judged answers in it, and tokens for who trains."""

    def __init__(self, state: Path) -> None:
        self.state = state
        paths = migrated_state(state)
        keys = open_key_store(paths)
        self.tokens = {
            role: keys.create(
                team="default", owner=f"{role.value}-1", roles=[role], actor="cluster"
            )[1]
            for role in (Role.AUDITOR, Role.ADMIN, Role.DEVELOPER)
        }
        engine = open_database(paths)
        with engine.connect() as connection:
            self._before = len(_acts(connection))
        engine.dispose()

    def run(self, *arguments: str, role: Role = Role.AUDITOR) -> Result:
        said = (*arguments, "--state-dir", str(self.state))
        return CliRunner().invoke(app, said, env={"RINGFENCE_TOKEN": self.tokens[role]})

    def judged(self, model: str, score: float, *, keys: int, each: int) -> None:
        """So many keys say so of `each` answers of a model."""
        engine = open_database(ClusterPaths.of(self.state))
        with engine.begin() as connection:
            for number in range(keys * each):
                answered = an_answer(connection, model, "classification")
                connection.execute(
                    insert(feedback),
                    [
                        {
                            "id": new_id(),
                            "request_id": answered,
                            "key_id": f"key-{number % keys}",
                            "digest": str(number),
                            "given_at_s": time.time(),
                            "score": score,
                        }
                    ],
                )
        engine.dispose()

    def acts(self) -> list[dict[str, Any]]:
        """Since the house was there."""
        engine = open_database(ClusterPaths.of(self.state))
        with engine.connect() as connection:
            found = _acts(connection)[self._before :]
        engine.dispose()
        return found


def _acts(connection: Connection) -> list[dict[str, Any]]:
    acts = select(audit_entries.c.body).where(audit_entries.c.kind == "act")
    ordered = acts.order_by(audit_entries.c.recorded_at_s)
    return [json.loads(body) for body in connection.scalars(ordered)]


def an_answer(connection: Connection, model: str, task: str) -> str:
    """One answered request; returns its id."""
    request_id, now_s = new_id(), time.time()
    decision = {
        "request_id": request_id,
        "recorded_at_s": now_s,
        "team": "default",
        "key_id": "key",
        "endpoint": "chat/completions",
        "choice": "auto",
        "stream": False,
        "private_only": False,
        "data_class": "public",
        "basis": [],
        "entity_counts": {},
        "detector_version": "d",
        "permitted": [],
        "excluded": [],
        "plan": [],
        "reasons": [],
        "policy_digest": "sha256:0",
        "task": task,
    }
    outcome = {
        "request_id": request_id,
        "recorded_at_s": now_s,
        "status": "answered",
        "http_status": 200,
        "model": model,
        "attempts": [],
        "input_tokens": 1,
        "output_tokens": 1,
        "cost_nano_usd": 0,
        "latency_s": 0.1,
        "dropped_fields": [],
    }
    connection.execute(insert(decisions), [decision])
    connection.execute(insert(outcomes), [outcome])
    return request_id


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


def test_what_callers_said_shifts_the_lookup_and_is_read_as_an_act(
    tmp_path: Path, suites: Path
) -> None:
    records = write_records(tmp_path / "records", suites)
    house = House(tmp_path / "state")
    # Nobody likes the model that was measured to be better, and everybody the other one.
    for key, score in zip(KEYS, (1.0, 0.0), strict=True):
        house.judged(key, score, keys=2, each=15)
    target = tmp_path / "router.npz"
    said = ("--outcomes", str(records), "--suites", str(suites), "--models", MODELS_FILE, "--json")
    result = house.run(*said, "--out", str(target), "--with-feedback", "--since", "7d")
    assert result.exit_code == 1
    assert result.stdout, result.stderr
    artifact = load_artifact(target)
    assert artifact.header.opinions == 60
    # There is one task: what is told of one that nobody knows is what was measured of it.
    of_task, measured = artifact.estimator.lookup.quality
    liked = artifact.header.models.index(KEYS[0])
    assert of_task[liked] > measured[liked] + 0.05
    assert of_task[1 - liked] < measured[1 - liked] - 0.05
    [act] = house.acts()
    assert (act["act"], act["actor"]) == ("feedback.read", "auditor-1")
    assert act["details"]["for"] == "training"
    assert act["details"]["opinions"] == 60


def test_feedback_is_for_auditors_and_a_time_is_of_feedback(tmp_path: Path, suites: Path) -> None:
    records = write_records(tmp_path / "records", suites)
    house = House(tmp_path / "state")
    said = ("--outcomes", str(records), "--suites", str(suites), "--models", MODELS_FILE)
    target = tmp_path / "router.npz"
    denied = house.run(*said, "--out", str(target), "--with-feedback", role=Role.DEVELOPER)
    assert (denied.exit_code, "auditor" in denied.stderr) == (1, True)
    wrong = house.run(*said, "--out", str(target), "--since", "7d")
    assert (wrong.exit_code, "--with-feedback" in wrong.stderr) == (2, True)
    assert not target.exists()
    assert house.acts() == []


def test_without_records_it_says_what_makes_them(tmp_path: Path) -> None:
    models = ("--models", str(ROOT / "models.yaml"))
    result = CliRunner().invoke(
        app, ("--outcomes", str(tmp_path), "--out", str(tmp_path / "router.npz"), *models)
    )
    assert result.exit_code == 1
    assert "ringfence bench quality" in result.stderr
