"""Rules are applied, and models promoted, with the record of a gate where one is asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from click.testing import Result
from sqlalchemy import select
from typer.testing import CliRunner

from router.audit.tables import audit_entries
from router.domain import Role
from router.gate.record import load_record
from router.policy.archive import Active, activate, active, keep
from router.policy.load import load_rules
from serving.cli.actor import TOKEN_VARIABLE
from serving.cli.audit_state import key_of_log
from serving.cli.gate import gate
from serving.cli.gate_shown import BYPASSED, SHOWN
from serving.cli.gate_sign import JUDGED
from serving.cli.models import app as models_app
from serving.cli.policy import app as policy_app
from serving.cluster.accounts import open_key_store
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from serving.cluster.secrets import ensure_secrets
from tests.unit.benchmarks.quality.gate.quality_records import record as quality
from tests.unit.benchmarks.quality.gate.quality_records import scores, write_records
from tests.unit.router.lifecycle.models_file import MODELS, policy_text, record

gate_app = typer.Typer()
gate_app.command()(gate)
ONE, TWO = "tiny@1", "tiny@2"


@dataclass
class House:
    """A cluster that served with a policy which asks for a gate, and people with keys."""

    directory: Path
    tokens: Mapping[str, str] = field(default_factory=dict)

    @property
    def models(self) -> Path:
        return self.directory / "models.yaml"

    @property
    def paths(self) -> ClusterPaths:
        return ClusterPaths.of(self.directory / "state")

    def run(self, app: typer.Typer, *words: str | Path, by: str) -> Result:
        said = [str(word) for word in words]
        said += ["--state-dir", str(self.directory / "state")]
        for option, name in (("--models", "models.yaml"), ("--policy", "policy.yaml")):
            if option not in said:
                said += [option, str(self.directory / name)]
        return CliRunner().invoke(app, said, env={TOKEN_VARIABLE: self.tokens[by]})

    def apply(self, policy: Path, *words: str | Path, by: str = "admin") -> Result:
        more = ("--policy", policy, "--reason", "because")
        return self.run(policy_app, "apply", *more, *words, by=by)

    def gate(self, candidate: Path, *words: str | Path, code: int = 0) -> Path:
        """The record of a run."""
        out = self.directory / "gates" / str(len(list(self.directory.glob("gates/*"))))
        said = ("--candidate", candidate, "--out", out, *words)
        ran = self.run(gate_app, *said, by="first")
        assert ran.exit_code == code, ran.output
        (path,) = out.glob("*.json")
        return path

    def policy(self, name: str, **sections: Any) -> Path:
        policy = yaml.safe_load((self.directory / "policy.yaml").read_text())
        path = self.directory / name
        path.write_text(yaml.safe_dump(policy | sections))
        return path

    def acts(self) -> list[dict[str, Any]]:
        engine = open_database(self.paths)
        with engine.connect() as connection:
            bodies = connection.scalars(
                select(audit_entries.c.body).where(audit_entries.c.kind == "act")
            ).all()
        engine.dispose()
        return [json.loads(body) for body in bodies]

    def digest(self) -> str:
        engine = open_database(self.paths)
        with engine.connect() as connection:
            now = active(connection)
        engine.dispose()
        assert now is not None
        return now.digest


@pytest.fixture
def house(tmp_path: Path) -> House:
    (tmp_path / "models.yaml").write_text(MODELS)
    policy = yaml.safe_load(policy_text())
    policy["gate"] = {"required": True}
    policy["detection"] |= {"entity_types": {}, "combinations": []}
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(policy))
    for kind in ("evaluation", "safety", "bias"):
        record(tmp_path / f"{kind}.json", passed=True)
    paths = ClusterPaths.of(tmp_path / "state")
    paths.create()
    ensure_secrets(paths)
    store = open_key_store(paths)
    tokens = {
        owner: store.create(team="platform", owner=owner, roles=[role])[1]
        for owner, role in (
            ("first", Role.OPERATOR),
            ("second", Role.OPERATOR),
            ("admin", Role.ADMIN),
        )
    }
    engine = open_database(paths)
    with engine.begin() as connection:
        rules = load_rules(tmp_path / "models.yaml", tmp_path / "policy.yaml")
        digest = keep(connection, rules.policy.text, 1.0)
        activate(connection, Active(digest, 1.0, "started"))
    engine.dispose()
    return House(tmp_path, tokens)


def test_without_a_gate_nothing_that_decides_is_applied(house: House) -> None:
    before = house.digest()
    changed = house.policy("new.yaml", default_data_class="confidential")
    refused = house.apply(changed)
    assert refused.exit_code == 1
    assert "asks for a gate" in refused.stderr
    assert house.digest() == before


def test_a_candidate_does_not_switch_the_gate_off_for_itself(house: House) -> None:
    off = house.policy("off.yaml", gate={"required": False})
    refused = house.apply(off)
    assert refused.exit_code == 1
    assert "asks for a gate" in refused.stderr


def test_what_the_gate_let_pass_is_applied_and_the_log_says_by_which_record(house: House) -> None:
    changed = house.policy("new.yaml", owners={"policy": ["another team"]})
    passed = house.gate(changed)
    assert passed.with_suffix(".md").read_text().startswith("# PASS")
    applied = house.apply(changed, "--gate", passed)
    assert applied.exit_code == 0, applied.output
    read = load_record(passed, key_of_log(house.paths))
    acts = {act["act"]: act for act in house.acts()}
    assert acts[JUDGED]["actor"] == "first"
    assert acts[JUDGED]["details"]["verdict"] == "pass"
    assert acts[SHOWN]["details"]["sha256"] == read.sha256
    assert "policy.applied" in acts
    again = house.apply(house.policy("newer.yaml", owners={}), "--gate", passed)
    assert again.exit_code == 1
    assert "about other rules" in again.stderr


def test_what_was_edited_after_the_gate_is_refused(house: House) -> None:
    changed = house.policy("new.yaml", owners={"policy": ["another team"]})
    passed = house.gate(changed)
    house.policy("new.yaml", owners={"policy": ["a third"]})
    refused = house.apply(changed, "--gate", passed)
    assert refused.exit_code == 1
    assert "about other rules" in refused.stderr


def test_a_verdict_that_is_no_pass_opens_nothing(house: House) -> None:
    changed = house.policy("new.yaml", default_data_class="confidential")
    unclear = house.gate(changed, code=3)
    refused = house.apply(changed, "--gate", unclear)
    assert refused.exit_code == 1
    assert "verdict is inconclusive" in refused.stderr


def test_in_an_emergency_an_admin_applies_without_and_says_why(house: House) -> None:
    changed = house.policy("new.yaml", default_data_class="confidential")
    applied = house.apply(changed, "--without-gate", "provider is down")
    assert applied.exit_code == 0, applied.output
    (bypass,) = [act for act in house.acts() if act["act"] == BYPASSED]
    assert (bypass["actor"], bypass["reason"]) == ("admin", "provider is down")
    both = house.apply(changed, "--without-gate", "why", "--gate", changed)
    assert both.exit_code == 2
    assert house.apply(changed, "--without-gate", " ").exit_code == 2


def test_a_developer_gets_no_signature(house: House) -> None:
    store = open_key_store(house.paths)
    token = store.create(team="web", owner="dev", roles=[Role.DEVELOPER])[1]
    tokens = dict(house.tokens) | {"dev": token}
    out = house.directory / "out"
    words = ("--candidate", house.directory / "policy.yaml", "--out", out)
    refused = House(house.directory, tokens).run(gate_app, *words, by="dev")
    assert refused.exit_code == 1
    assert "operator" in refused.stderr
    assert not out.exists()


def in_shadow(house: House) -> tuple[str, ...]:
    """Brings tiny@2 to shadow; returns the words that would make it a canary."""
    shown = {
        kind: f"--evidence={kind}={house.directory / kind}.json"
        for kind in ("evaluation", "safety")
    }
    words = ("promote", TWO, "--to", "shadow", "--reason", "because", shown["evaluation"])
    moved = house.run(models_app, *words, by="first")
    assert moved.exit_code == 0, moved.output
    return (
        "promote",
        TWO,
        "--to",
        "canary",
        "--share",
        "0.05",
        "--reason",
        "because",
        *shown.values(),
    )


def canary(house: House) -> Path:
    """models.yaml as the promotion would make it; the day does not matter."""
    models = yaml.safe_load(house.models.read_text())
    models["models"][1]["lifecycle"] |= {"state": "canary", "canary_share": 0.05}
    path = house.directory / "candidate.yaml"
    path.write_text(yaml.safe_dump(models))
    return path


def test_a_canary_takes_a_gate_from_both_people_and_is_judged_as_if_it_took_all(
    house: House,
) -> None:
    words = in_shadow(house)
    refused = house.run(models_app, *words, by="first")
    assert refused.exit_code == 1
    assert "asks for a gate" in refused.stderr
    answers = scores(600, 0.7, 1)
    outcomes = write_records(
        house.directory / "outcomes", [quality(ONE, answers), quality(TWO, list(answers))]
    )
    passed = house.gate(canary(house), "--outcomes", outcomes)
    assert json.loads(passed.read_text())["record"]["statistics"]["quality"]["changed"] == 1.0
    waiting = house.run(models_app, *words, "--gate", passed, "--json", by="first")
    assert waiting.exit_code == 0, waiting.output
    move = json.loads(waiting.stdout)["move"]
    assert house.run(models_app, "approve", move, by="second").exit_code == 1
    approved = house.run(models_app, "approve", move, "--gate", passed, by="second")
    assert approved.exit_code == 0, approved.output
    assert "state: canary" in house.models.read_text()
    followed = house.apply(house.directory / "policy.yaml", "--gate", passed)
    assert followed.exit_code == 0, followed.output


def test_an_operator_is_no_admin_in_an_emergency(house: House) -> None:
    words = in_shadow(house)
    refused = house.run(models_app, *words, "--without-gate", "now", by="first")
    assert refused.exit_code == 1
    assert "role admin" in refused.stderr
    assert "state: shadow" in house.models.read_text()
