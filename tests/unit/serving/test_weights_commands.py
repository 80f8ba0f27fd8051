"""`ringfence weights …`, on a small model in a directory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from sqlalchemy import select
from typer.testing import CliRunner

from router.audit.tables import audit_entries
from router.store.database import reading
from serving.cli.weights import app
from serving.cluster.database import open_database
from serving.weights import ManifestStore
from serving.weights.digest import digest_of, inventory
from tests.migrated import migrated_state
from tests.stack import model
from tests.unit.serving.weights_files import flip_unseen, small_weights


class Case:
    """A models.yaml with a model that runs here and one that does not, and a state directory."""

    def __init__(self, directory: Path) -> None:
        self.weights = small_weights(directory / "weights")
        self.paths = migrated_state(directory / "state")
        engine = {
            "kind": "vllm",
            "weights": {"path": "weights"},
            "replicas": 1,
            "max_ongoing_requests": 1,
            "profiles": {"cpu": {}},
        }
        models = [
            model("clinic", "", external=False) | {"backend": engine},
            model("web", "https://api.example/v1", external=True),
        ]
        aliases = {entry["id"]: "1" for entry in models}
        document = {"schema": 1, "models": models, "aliases": aliases}
        self._models = directory / "models.yaml"
        self._models.write_text(yaml.safe_dump(document))

    def run(self, *arguments: str) -> Result:
        where = ["--models", str(self._models), "--state-dir", str(self.paths.state)]
        return CliRunner().invoke(app, [*arguments, *where])

    def acts(self) -> list[dict[str, Any]]:
        engine = open_database(self.paths)
        with reading(engine).connect() as connection:
            bodies = connection.execute(
                select(audit_entries.c.body)
                .where(audit_entries.c.kind == "act")
                .order_by(audit_entries.c.id)
            ).scalars()
            found = [json.loads(body) for body in bodies]
        engine.dispose()
        return [act for act in found if act["act"].startswith("weights.")]


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_importing_signs_a_manifest_and_is_recorded(case: Case) -> None:
    done = case.run("import", "clinic-model", "--reason", "delivered", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["model"] == "clinic-model@1"
    assert said["weights_digest"] == digest_of(inventory(case.weights))
    manifest = ManifestStore.of(case.paths).read(case.weights)
    assert manifest is not None
    assert manifest.weights_digest == said["weights_digest"]
    (act,) = case.acts()
    assert (act["act"], act["reason"]) == ("weights.imported", "delivered")
    assert act["details"]["models"] == ["clinic-model@1"]
    assert act["details"]["weights_digest"] == said["weights_digest"]


def test_intact_weights_are_said_to_be(case: Case) -> None:
    case.run("import", "clinic-model@1")
    done = case.run("verify", "--json")
    assert done.exit_code == 0, done.output
    assert [(each["model"], each["state"]) for each in json.loads(done.stdout)] == [
        ("clinic-model@1", "intact")
    ]


def test_weights_that_differ_are_named_taken_out_and_recorded(case: Case) -> None:
    case.run("import", "clinic-model@1")
    flip_unseen(case.weights / "nested" / "model.safetensors")
    done = case.run("verify", "clinic-model@1")
    assert done.exit_code == 1
    assert "nested/model.safetensors has another content" in done.stdout
    assert ManifestStore.of(case.paths).mark_of(case.weights) is not None
    assert [act["act"] for act in case.acts()] == ["weights.imported", "weights.mismatch"]
    again = case.run("import", "clinic-model@1")
    assert again.exit_code == 0
    assert ManifestStore.of(case.paths).mark_of(case.weights) is None


def test_weights_that_were_never_imported_are_said_to_be(case: Case) -> None:
    done = case.run("verify")
    assert done.exit_code == 1
    assert "ringfence weights import clinic-model@1" in done.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [("web-model", "does not run here"), ("other", "clinic-model@1")],
)
def test_a_model_without_weights_here_is_refused(case: Case, name: str, said: str) -> None:
    for command in ("import", "verify"):
        done = case.run(command, name)
        assert done.exit_code == 1
        assert said in done.stderr


def test_a_directory_without_a_model_is_refused(case: Case) -> None:
    (case.weights / "config.json").unlink()
    done = case.run("import", "clinic-model@1")
    assert done.exit_code == 1
    assert "models.yaml" in done.stderr
    assert case.acts() == []


@pytest.mark.parametrize("command", ["import", "verify"])
def test_their_help_has_an_example(command: str) -> None:
    assert "Example:" in CliRunner().invoke(app, [command, "--help"]).stdout
