"""What an auditor takes home: the compliance matrix of a day, and the registers with a manifest."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import pytest
import typer
import yaml
from sqlalchemy import select
from typer.testing import CliRunner

import router
from router.audit.tables import audit_entries
from router.domain import Role
from serving.cli.compliance import compliance
from serving.cli.evidence import evidence
from serving.cluster.accounts import open_key_store
from serving.cluster.database import open_database
from tests.migrated import migrated_state

ROOT = Path(router.__file__).parent.parent
FILES = ["--models", str(ROOT / "models.yaml"), "--policy", str(ROOT / "router/policy.yaml")]

app = typer.Typer()
app.command("compliance")(compliance)
app.command("evidence")(evidence)


@pytest.fixture
def run() -> CliRunner:
    return CliRunner(env={"COLUMNS": "250"})


@pytest.mark.parametrize("command", ["compliance", "evidence"])
def test_every_command_shows_an_example(run: CliRunner, command: str) -> None:
    shown = run.invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert f"Example: ringfence {command}" in " ".join(shown.stdout.split())


def test_the_matrix_comes_in_four_shapes(run: CliRunner) -> None:
    shapes = {
        shape: run.invoke(app, ["compliance", "--format", shape, "--on", "2026-11-22", *FILES])
        for shape in ("table", "markdown", "csv", "json")
    }
    assert {result.exit_code for result in shapes.values()} == {0}
    assert "gpt-5-mini@2025-08-07" in shapes["table"].stdout
    assert "| claude-sonnet-4-5@20250929 | external | us |" in shapes["markdown"].stdout
    rows = list(csv.DictReader(io.StringIO(shapes["csv"].stdout)))
    assert rows[0]["restricted"] == "yes"
    assert rows[2]["restricted"] == "no: class_not_approved; residency: us"
    as_json = json.loads(shapes["json"].stdout)
    assert as_json["on"] == "2026-11-22"
    cell = as_json["models"][1]["data_classes"]["restricted"]
    assert cell == {"allowed": False, "reasons": ["class_not_approved"]}
    again = run.invoke(app, ["compliance", "--json", "--on", "2026-11-22", *FILES])
    assert again.stdout == shapes["json"].stdout


def test_the_matrix_can_be_read_on_a_terminal_of_80_columns() -> None:
    shown = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["compliance", *FILES]).stdout
    assert max(map(len, shown.splitlines())) <= 80
    assert "…" not in shown
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "claude-sonnet-4-5@20250929 yes yes no no" in lines
    assert "not restricted class not approved; residency: us" in lines


def test_the_matrix_of_a_day_to_come_shows_what_will_have_expired(
    run: CliRunner, tmp_path: Path
) -> None:
    models = yaml.safe_load((ROOT / "models.yaml").read_text())
    models["certifications_required"] = {"restricted": ["HDS"]}
    models["models"][0]["certifications"] = [{"name": "HDS", "expires": "2026-12-31"}]
    (tmp_path / "models.yaml").write_text(yaml.safe_dump(models))
    files = ["--models", str(tmp_path / "models.yaml"), *FILES[2:]]

    def restricted(day: str) -> list[str]:
        shown = run.invoke(app, ["compliance", "--json", "--on", day, *files])
        reasons: list[str] = json.loads(shown.stdout)["models"][0]["data_classes"]["restricted"][
            "reasons"
        ]
        return reasons

    assert restricted("2026-12-31") == []
    assert restricted("2027-01-01") == ["certification: HDS since 2027-01-01"]


def test_a_day_that_is_none_is_wrong_usage(run: CliRunner) -> None:
    refused = run.invoke(app, ["compliance", "--on", "soon", *FILES])
    assert refused.exit_code == 2
    assert "YYYY-MM-DD" in refused.stderr


def test_evidence_is_three_registers_and_a_manifest_that_checks(
    run: CliRunner, tmp_path: Path
) -> None:
    migrated_state(tmp_path / "state")
    place = ["--out", str(tmp_path / "out"), "--state-dir", str(tmp_path / "state"), *FILES]
    made = run.invoke(app, ["evidence", "--on", "2026-11-22", "--json", *place])
    assert made.exit_code == 0, made.stderr
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert set(manifest["sha256"]) == {
        f"{register}.{kind}"
        for register in ("records-of-processing", "third-parties", "model-inventory")
        for kind in ("csv", "json")
    }
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == digest
    models = hashlib.sha256((ROOT / "models.yaml").read_bytes()).hexdigest()
    assert manifest["models_sha256"] == models
    rows = json.loads((tmp_path / "out" / "third-parties.json").read_text())
    assert [row["provider"] for row in rows] == ["openai", "anthropic"]
    again = run.invoke(app, ["evidence", *place])
    assert again.exit_code == 1
    assert "not empty" in again.stderr


def test_who_took_evidence_is_in_the_log_with_what_they_took(
    run: CliRunner, tmp_path: Path
) -> None:
    paths = migrated_state(tmp_path / "state")
    store = open_key_store(paths)
    _, auditor = store.create(team="audit", owner="i.auditor", roles=[Role.AUDITOR])
    _, operator = store.create(team="ops", owner="o.operator", roles=[Role.OPERATOR])
    place = ["--out", str(tmp_path / "out"), "--state-dir", str(paths.state), *FILES]
    refused = run.invoke(app, ["evidence", *place], env={"RINGFENCE_TOKEN": operator})
    assert refused.exit_code == 1
    assert "export evidence takes the role admin or auditor" in refused.stderr
    assert not (tmp_path / "out").exists()
    taken = run.invoke(app, ["evidence", *place], env={"RINGFENCE_TOKEN": auditor})
    assert taken.exit_code == 0, taken.stderr
    engine = open_database(paths)
    with engine.connect() as connection:
        bodies = connection.scalars(select(audit_entries.c.body).order_by(audit_entries.c.id))
        act = json.loads(bodies.all()[-1])
    engine.dispose()
    manifest = (tmp_path / "out" / "manifest.json").read_bytes()
    assert (act["act"], act["actor"]) == ("evidence.exported", "i.auditor")
    assert act["details"]["manifest_sha256"] == hashlib.sha256(manifest).hexdigest()


def test_without_a_cluster_there_is_no_evidence(run: CliRunner, tmp_path: Path) -> None:
    place = ["--out", str(tmp_path / "out"), "--state-dir", str(tmp_path / "none"), *FILES]
    refused = run.invoke(app, ["evidence", *place])
    assert refused.exit_code == 1
    assert "--state-dir" in refused.stderr
    assert not (tmp_path / "none").exists()
    assert not (tmp_path / "out").exists()
