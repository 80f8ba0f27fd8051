"""Rules are applied, and models promoted, with the record of a gate where one is asked for."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from click.testing import Result
from sqlalchemy import inspect, select
from typer.testing import CliRunner

from router.audit.tables import audit_entries
from router.domain import Role
from router.gate.acts import BYPASSED, JUDGED, ROLLED_BACK, SHOWN
from router.gate.record import GateRefused, load_record
from router.policy.archive import Active, activate, active, keep
from router.policy.load import load_rules, rules_digest
from router.store.database import connect
from serving.cli.actor import TOKEN_VARIABLE
from serving.cli.audit_state import key_of_log
from serving.cli.gate import gate
from serving.cli.gate_shown import NOTHING_SHOWN, Shown
from serving.cli.gate_start import require_gated_start, warn_of_ungated
from serving.cli.main import app as main_app
from serving.cli.models import app as models_app
from serving.cli.policy import app as policy_app
from serving.cli.policy_apply import StartNeeded, digest_to_replace
from serving.cluster.accounts import open_key_store
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from serving.cluster.secrets import ensure_secrets
from serving.started_with import start_with
from tests.migrated import migrated_state
from tests.unit.benchmarks.quality.gate.quality_records import record as quality
from tests.unit.benchmarks.quality.gate.quality_records import scores, write_records
from tests.unit.router.lifecycle.models_file import MODELS, policy_text, record

gate_app = typer.Typer()
gate_app.command()(gate)
ONE, TWO = "tiny@1", "tiny@2"
EVIDENCE = ("evaluation", "safety", "bias")


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

    def back(self, policy: Path, why: str = "answers got worse", by: str = "admin") -> Result:
        return self.run(policy_app, "apply", "--policy", policy, "--rollback", why, by=by)

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
    for kind in EVIDENCE:
        record(tmp_path / f"{kind}.json", passed=True)
    paths = migrated_state(tmp_path / "state")
    paths.create()
    ensure_secrets(paths)
    store = open_key_store(paths)
    tokens = {
        owner: store.create(team="platform", owner=owner, roles=[role])[1]
        for owner, role in (
            ("first", Role.OPERATOR),
            ("second", Role.OPERATOR),
            ("admin", Role.ADMIN),
            ("boss", Role.ADMIN),
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


def test_the_way_back_takes_a_reason_and_no_gate(house: House) -> None:
    before, first = house.directory / "policy.yaml", house.digest()
    changed = house.policy("new.yaml", default_data_class="confidential")
    assert house.apply(changed, "--without-gate", "provider is down").exit_code == 0
    assert "--rollback REASON" in house.apply(before).stderr
    back = house.back(before)
    assert back.exit_code == 0, back.output
    assert house.digest() == first
    (act,) = [act for act in house.acts() if act["act"] == ROLLED_BACK]
    assert (act["actor"], act["reason"]) == ("admin", "answers got worse")
    assert act["details"]["digest"] == first
    applied = [act for act in house.acts() if act["act"] == "policy.applied"][-1]
    assert applied["reason"] == "answers got worse"
    assert house.back(before, by="first").exit_code == 1, "an operator applies no policy"
    assert house.back(before, why=" ").exit_code == 2


def test_only_what_was_in_force_is_a_way_back_byte_for_byte(house: House) -> None:
    before = house.directory / "policy.yaml"
    never = house.policy("never.yaml", default_data_class="restricted")
    changed = house.policy("new.yaml", default_data_class="confidential")
    assert house.apply(changed, "--without-gate", "provider is down").exit_code == 0
    before.write_text("# as it was, but for a word\n" + before.read_text())
    for policy in (never, before):
        refused = house.back(policy)
        assert refused.exit_code == 1
        assert "byte for byte" in refused.stderr
    both = house.run(
        policy_app,
        "apply",
        "--policy",
        before,
        "--rollback",
        "a",
        "--without-gate",
        "b",
        by="admin",
    )
    assert both.exit_code == 2


def test_no_way_back_leads_to_where_less_was_asked(house: House) -> None:
    """What served before a gate was required asked for none: that would be the end of the gate."""
    lax = house.policy("lax.yaml", gate={"required": False})
    strict = house.directory / "policy.yaml"
    assert house.apply(lax, "--without-gate", "provider is down").exit_code == 0
    assert house.apply(strict).exit_code == 0
    refused = house.back(lax)
    assert refused.exit_code == 1
    assert "ask less of a gate than those in force (required)" in refused.stderr


def test_nobody_passes_a_gate_by_leaving_golden_cases_out(house: House) -> None:
    changed = house.policy("new.yaml", owners={"policy": ["another team"]})
    bare = house.gate(changed, "--no-shipped-misroutes")
    refused = house.apply(changed, "--gate", bare)
    assert refused.exit_code == 1
    assert "leave out --no-shipped-misroutes" in refused.stderr


def in_production(house: House) -> None:
    """Two people bring tiny@2 to where tiny@1 was, in an emergency, and it serves."""
    shown = [f"--evidence={kind}={house.directory / kind}.json" for kind in EVIDENCE]
    for state, more in (("shadow", ()), ("canary", ("--share", "0.05")), ("production", ())):
        words = ("promote", TWO, "--to", state, "--reason", "because", *more, *shown)
        ungated = () if state == "shadow" else ("--without-gate", "now")
        moved = house.run(models_app, *words, *ungated, "--json", by="admin")
        assert moved.exit_code == 0, moved.output
        if ungated:
            move = json.loads(moved.stdout)["move"]
            approved = house.run(models_app, "approve", move, *ungated, by="boss")
            assert approved.exit_code == 0, approved.output
    applied = house.apply(house.directory / "policy.yaml", "--without-gate", "now")
    assert applied.exit_code == 0, applied.output


def test_gateways_follow_the_rollback_of_a_model_without_a_gate(house: House) -> None:
    in_production(house)
    policy = house.directory / "policy.yaml"
    back = house.run(models_app, "rollback", "tiny", "--reason", "wrong language", by="first")
    assert back.exit_code == 0, back.output
    assert "policy apply --rollback" in back.stderr
    more = house.policy("more.yaml", default_data_class="confidential")
    assert house.back(more).exit_code == 1, "and nothing else comes along"
    applied = house.back(policy)
    assert applied.exit_code == 0, applied.output
    (act,) = [act for act in house.acts() if act["act"] == ROLLED_BACK]
    moves = [act["details"]["move"] for act in house.acts() if act["act"] == "model.moved"]
    assert act["details"]["moves"] == moves[-1:]


def test_a_cluster_starts_with_what_served_and_with_other_files_only_if_somebody_answers(
    house: House,
) -> None:
    text = load_rules(house.models, house.directory / "policy.yaml").policy.text
    require_gated_start(house.paths, text, NOTHING_SHOWN)
    commented = replace(text, policy=b"# reviewed\n" + text.policy)
    require_gated_start(house.paths, commented, NOTHING_SHOWN)
    changed = house.policy("new.yaml", default_data_class="confidential")
    other = load_rules(house.models, changed).policy.text
    with pytest.raises(GateRefused, match=r"ringfence policy show.*--gate FILE.*--rollback"):
        require_gated_start(house.paths, other, NOTHING_SHOWN)
    refused = house.run(main_app, "up", "--policy", changed, by="admin")
    assert refused.exit_code == 1
    assert "these files are not what served last" in refused.stderr
    assert not house.paths.launch_file.exists()


def test_files_that_somebody_else_will_start_are_warned_of_and_looking_makes_no_database(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    served = load_rules(house.models, house.directory / "policy.yaml").policy.text
    changed = house.policy("new.yaml", default_data_class="confidential")
    other = load_rules(house.models, changed).policy.text
    warn_of_ungated(house.paths, served)
    nowhere = ClusterPaths.of(house.directory / "nowhere")
    warn_of_ungated(nowhere, other)
    assert capsys.readouterr().err == ""
    assert not nowhere.state.exists()
    warn_of_ungated(house.paths, other)
    assert "record `gate.bypassed`" in capsys.readouterr().err


def secrets(house: House) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes() for path in house.paths.secrets.rglob("*") if path.is_file()
    }


def test_looking_at_the_cluster_that_serves_changes_nothing_of_it(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = house.policy("new.yaml", default_data_class="confidential")
    other = load_rules(house.models, changed).policy.text
    house.paths.clearance_private_key.unlink()
    house.paths.audit_public_key.write_bytes(bytes(32))
    before = secrets(house)
    warn_of_ungated(house.paths, other)
    assert "record `gate.bypassed`" in capsys.readouterr().err
    assert secrets(house) == before
    empty = house.directory / "empty"
    empty.mkdir()
    (empty / "ringfence.db").write_bytes(b"")
    warn_of_ungated(ClusterPaths.of(empty), other)
    assert "nobody has looked" in capsys.readouterr().err
    engine = connect(ClusterPaths.of(empty).database_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


@pytest.mark.parametrize(
    "url",
    ["postgresql+nodriver://db/x", "sqlite:////nowhere/at/all.db", "no url", ""],
    ids=["driver", "file", "url", "empty"],
)
def test_manifests_are_rendered_where_nobody_can_look(
    house: House, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    house.paths.database_url_file.write_text(url)
    warn_of_ungated(
        house.paths, load_rules(house.models, house.directory / "policy.yaml").policy.text
    )
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "nobody has looked" in said[0]


def to_start(house: House) -> Path:
    """Rules that no running gateway takes up: they change what the log is checked by."""
    return house.policy("start.yaml", audit={"checkpoint_interval_s": 7})


def test_what_can_only_be_started_with_is_shown_first_and_then_bypasses_nothing(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    changed, first = to_start(house), house.digest()
    text = load_rules(house.models, changed).policy.text
    passed = house.gate(changed)
    warn_of_ungated(house.paths, text)
    assert "record `gate.bypassed`" in capsys.readouterr().err
    shown = house.apply(changed, "--gate", passed)
    assert shown.exit_code == 1
    assert "Nothing was applied" in shown.stderr
    assert "restart needed" in shown.stderr
    assert house.digest() == first
    (act,) = [act for act in house.acts() if act["act"] == SHOWN]
    record = load_record(passed, key_of_log(house.paths))
    assert act["actor"] == "admin"
    assert act["details"]["candidate"]["meaning"] == record.candidate.meaning
    warn_of_ungated(house.paths, text)
    assert capsys.readouterr().err == ""
    engine = open_database(house.paths)
    with engine.begin() as connection:
        digest = start_with(connection, text, time.time(), time.time())
    engine.dispose()
    assert house.digest() == digest
    assert BYPASSED not in [act["act"] for act in house.acts()]
    assert house.acts()[-1]["details"]["record"] == record.id


def test_new_arguments_of_an_engine_are_what_a_start_alone_can_bring(house: House) -> None:
    models = yaml.safe_load(house.models.read_text())
    models["models"][0]["backend"]["profiles"]["cpu"]["engine"]["max_model_len"] = 200
    changed = house.directory / "new-models.yaml"
    changed.write_text(yaml.safe_dump(models))
    rules = load_rules(changed, house.directory / "policy.yaml")
    engine = open_database(house.paths)
    with engine.connect() as connection, pytest.raises(StartNeeded, match="engine"):
        digest_to_replace(connection, rules, iter(()), with_deployments=True)
    engine.dispose()


def test_nothing_is_shown_of_what_did_not_pass_or_a_start_would_not_help(house: House) -> None:
    changed = to_start(house)
    without = house.apply(changed, "--without-gate", "now")
    assert "restart needed" in without.stderr
    old = house.gate(house.policy("other.yaml", owners={}))
    refused = house.apply(changed, "--gate", old)
    assert "about other rules" in refused.stderr
    passed = house.gate(changed)
    models = yaml.safe_load(house.models.read_text())
    models["models"][1]["lifecycle"]["state"] = "production"
    house.models.write_text(yaml.safe_dump(models))
    by_hand = house.apply(changed, "--gate", passed)
    assert by_hand.exit_code == 1
    assert "Nothing was applied" not in by_hand.stderr
    assert not {SHOWN, BYPASSED} & {act["act"] for act in house.acts()}


def test_who_starts_a_cluster_without_a_gate_is_in_the_log(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = house.policy("new.yaml", default_data_class="confidential")
    text = load_rules(house.models, changed).policy.text
    monkeypatch.setenv(TOKEN_VARIABLE, house.tokens["first"])
    with pytest.raises(typer.Exit):
        require_gated_start(house.paths, text, Shown(emergency="the disk is gone"))
    monkeypatch.setenv(TOKEN_VARIABLE, house.tokens["admin"])
    require_gated_start(house.paths, text, Shown(emergency="the disk is gone"))
    acts = {act["act"]: act for act in house.acts()}
    assert acts[BYPASSED]["actor"] == acts["policy.applied"]["actor"] == "admin"
    assert acts[BYPASSED]["reason"] == "the disk is gone"
    assert house.digest() == rules_digest(text.models, text.policy)


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
