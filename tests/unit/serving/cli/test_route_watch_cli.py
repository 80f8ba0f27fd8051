"""`ringfence route watch`: feedback beside what is promised of kept answers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select
from typer.testing import CliRunner, Result

from router.audit.tables import audit_entries, decisions, outcomes
from router.domain import Role
from router.feedback.tables import feedback
from router.ids import new_id
from router.risk.certificate_record import record_of
from serving.cli.route import app
from serving.cluster.accounts import open_key_store
from serving.cluster.database import open_database
from tests.migrated import migrated_state
from tests.unit.router.risk.risk_cases import CHEAP, STRONG, certificate


@dataclass
class Watching:
    """A state directory with records, and a certificate for the pair that they are of."""

    state: Path
    engine: Engine
    tokens: dict[Role, str]
    certificate: Path

    def run(self, *arguments: str, role: Role = Role.AUDITOR) -> Result:
        said = ["watch", str(self.certificate), "--state-dir", str(self.state), *arguments]
        return CliRunner().invoke(app, said, env={"RINGFENCE_TOKEN": self.tokens[role]})

    def counted(self, *arguments: str) -> dict[str, Any]:
        (found,) = json.loads(self.run("--json", *arguments).stdout)
        return dict(found)

    def answered(self, *scores: float | None, label: str | None = None, **changes: Any) -> None:
        """A request of whose answer that was said; `changes` are to its escalation."""
        request_id, now_s = new_id(), time.time()
        escalation = {"cheap_model": CHEAP, "strong_model": STRONG, "kept": True} | changes
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
            "basis": ["declared"],
            "entity_counts": {},
            "detector_version": "v",
            "permitted": [CHEAP, STRONG],
            "excluded": [],
            "plan": [CHEAP, STRONG],
            "reasons": [],
            "policy_digest": "d",
            "exceptions": [],
            "task": "classification",
        }
        outcome = {
            "request_id": request_id,
            "recorded_at_s": now_s,
            "status": "answered",
            "http_status": 200,
            "model": CHEAP,
            "attempts": [],
            "input_tokens": 1,
            "output_tokens": 1,
            "cost_nano_usd": 1,
            "latency_s": 0.1,
            "dropped_fields": [],
            "output_findings": {},
            "output_undetermined": False,
            "escalation": escalation,
        }
        said = [
            {
                "id": new_id(),
                "request_id": request_id,
                "key_id": f"key-{number}",
                "digest": new_id(),
                "given_at_s": now_s,
                "score": score,
                "label": label,
                "text_part": None,
            }
            for number, score in enumerate(scores)
        ]
        with self.engine.begin() as connection:
            for table, rows in ((decisions, [decision]), (outcomes, [outcome]), (feedback, said)):
                connection.execute(insert(table), rows)


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    paths = migrated_state(tmp_path / "state")
    keys = open_key_store(paths)
    tokens = {
        role: keys.create(team="default", owner=role.value, roles=[role], actor="cluster")[1]
        for role in (Role.AUDITOR, Role.DEVELOPER)
    }
    file = tmp_path / "certificate.json"
    file.write_text(json.dumps(record_of(certificate())))
    made = Watching(paths.state, open_database(paths), tokens, file)
    yield made
    made.engine.dispose()


def test_wrong_answers_that_were_kept_contradict_a_promise(watching: Watching) -> None:
    for _ in range(8):
        watching.answered(0.0)
    watching.answered(1.0)
    shown = watching.run()
    assert shown.exit_code == 1
    assert "contradicted: have answers labelled anew" in shown.stdout
    found = watching.counted()
    assert (found["told"], found["wrong"], found["contradicted"]) == (9, 8, True)


def test_only_answers_that_were_kept_of_its_pair_count(watching: Watching) -> None:
    watching.answered(0.0, kept=False)
    watching.answered(0.0, cheap_model="other@1")
    watching.answered(0.0, strong_model="other@1")
    watching.answered(1.0)
    assert watching.counted()["told"] == 1
    assert "which is not to say that it holds" in watching.run().stdout


def test_the_worst_that_was_said_of_an_answer_holds(watching: Watching) -> None:
    watching.answered(1.0, 0.0)
    watching.answered(None, label="wrong")
    watching.answered(None, label="seen")
    found = watching.counted()
    assert (found["told"], found["wrong"]) == (2, 2)


def test_whoever_may_not_read_records_is_told_nothing_of_them(watching: Watching) -> None:
    watching.answered(0.0)
    shown = watching.run("--json", role=Role.DEVELOPER)
    assert shown.exit_code == 1
    assert shown.stdout == ""


def test_that_feedback_was_read_is_in_the_log(watching: Watching) -> None:
    watching.run()
    of_acts = select(audit_entries.c.body).where(audit_entries.c.kind == "act")
    with watching.engine.connect() as connection:
        acts = [json.loads(body)["act"] for body in connection.scalars(of_acts)]
    assert acts.count("feedback.read") == 1


def test_what_is_no_certificate_is_refused(watching: Watching) -> None:
    watching.certificate.write_text("{}")
    shown = watching.run()
    assert shown.exit_code == 1
    assert "ringfence route certify" in shown.output
