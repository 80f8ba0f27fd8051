"""`ringfence scale` and `apply --dry-run`: what they answer before anything is done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from typer import Typer
from typer.testing import CliRunner

from router.policy.archive import Active, activate, keep
from router.policy.load import load_rules
from router.registry.execution import as_started
from serving.cli.apply import apply
from serving.cli.scale import scale
from serving.cluster.change import ChangeReport, Stage
from serving.cluster.database import open_database
from serving.cluster.nodes import Node
from serving.cluster.report import ModelReport, Phase, Report, holding, write_report
from tests.migrated import migrated_state
from tests.unit.router.lifecycle.models_file import MODELS, policy_text
from tests.unit.serving.cluster.launches import launch

REPLICAS = "replicas: {min: 1, max: 6, target: 1}"
NODE = Node("n", {"CPU": 4.0}, {"CPU": 3.0})

app = Typer()
app.command("apply")(apply)
app.command("scale")(scale)


class Cluster:
    """A state directory as that of a running cluster, without one: nobody takes changes up."""

    def __init__(self, directory: Path) -> None:
        self.paths = migrated_state(directory / "state")
        self.models, self.policy = directory / "models.yaml", directory / "policy.yaml"
        self.models.write_text(
            MODELS.replace("schema: 2", "schema: 3").replace("replicas: 1", REPLICAS)
        )
        self.policy.write_text(policy_text())
        rules = load_rules(self.models, self.policy)
        engine = open_database(self.paths)
        with engine.begin() as connection:
            activate(connection, Active(keep(connection, rules.policy.text), 1.0, "a test"))
        engine.dispose()
        launch(self.paths.state, models=str(self.models), policy=str(self.policy)).save(self.paths)
        self.report = Report(
            Phase.READY,
            "c",
            "http://127.0.0.1:1",
            1,
            0.0,
            models={
                key: ModelReport(key, 1, 1, model, ({"CPU": 1.0},))
                for key, model in as_started(rules.registry).items()
            },
            nodes=(NODE,),
        )
        self.tell()

    def tell(self, **changes: Any) -> None:
        self.report = replace(self.report, **changes)
        write_report(self.paths, self.report)

    def run(self, command: str, *words: str) -> Result:
        files = ["--models", str(self.models), "--policy", str(self.policy)]
        places = [*(files if command == "apply" else ()), "--state-dir", str(self.paths.state)]
        return CliRunner().invoke(app, [command, *words, *places], env={"COLUMNS": "120"})

    def edit(self, old: str, new: str) -> None:
        written = self.models.read_text()
        assert old in written
        self.models.write_text(written.replace(old, new))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    found = Cluster(tmp_path)
    with holding(found.paths):
        yield found


@pytest.mark.parametrize("command", ["apply", "scale"])
def test_every_command_shows_an_example(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"]).stdout
    assert f"Example: ringfence {command}" in " ".join(shown.split())


@pytest.mark.parametrize(("asked", "after"), [("tiny=3", 3), ("tiny@1=+2", 3), ("private=4", 4)])
def test_it_is_said_what_fits_before_anything_is_done(
    cluster: Cluster, asked: str, after: int
) -> None:
    result = cluster.run("scale", asked, "--dry-run", "--json")
    assert result.exit_code == 0, result.stderr
    (found,) = json.loads(result.stdout)["models"]
    assert (found["model"], found["before"], found["after"]) == ("tiny@1", 1, after)
    assert found["fits_more"] == 3
    assert found["per_replica"]["cpus"] == 1.0
    assert found["per_replica"]["kv_tokens"] is None
    assert found["per_replica"]["unknown"]
    assert not cluster.paths.wanted_file.exists()


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("tiny=5", "no room for 4 more, 3 fit"),
        ("tiny=7", "models.yaml allows 1 to 6 replicas"),
        ("tiny=-1", "at least 1 replica runs"),
        ("other=2", "no model is called other; there are tiny@1"),
    ],
)
def test_what_cannot_be_is_refused_and_says_why(cluster: Cluster, asked: str, says: str) -> None:
    result = cluster.run("scale", asked)
    assert result.exit_code == 1
    assert says in result.stderr
    assert not cluster.paths.wanted_file.exists()


@pytest.mark.parametrize("asked", ["tiny", "tiny=", "tiny=many", "=2"])
def test_what_is_no_count_is_wrong_usage(cluster: Cluster, asked: str) -> None:
    assert cluster.run("scale", asked).exit_code == 2


def test_asking_for_what_there_is_changes_nothing(cluster: Cluster) -> None:
    assert cluster.run("scale", "tiny=1").exit_code == 0
    assert cluster.run("apply", "--reason", "nothing").exit_code == 0
    assert not cluster.paths.wanted_file.exists()


def test_one_change_at_a_time(cluster: Cluster) -> None:
    cluster.tell(change=ChangeReport("x", Stage.ADDING))
    for words in (("scale", "tiny=2"), ("apply", "--dry-run")):
        result = cluster.run(*words)
        assert result.exit_code == 1
        assert "another change is under way" in result.stderr


def test_where_no_cluster_runs_there_is_nothing_to_change(cluster: Cluster) -> None:
    cluster.tell(phase=Phase.STOPPED)
    assert cluster.run("scale", "tiny=2").exit_code == 3
    assert cluster.run("apply", "--dry-run").exit_code == 3


def changes(cluster: Cluster) -> list[tuple[str, str, int, int]]:
    result = cluster.run("apply", "--dry-run", "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)["changes"]
    return [(each["what"], each["model"], each["before"], each["after"]) for each in found]


def test_apply_says_what_would_be_added_scaled_restarted_and_removed(cluster: Cluster) -> None:
    running = cluster.report.models
    gone = running["tiny@1"]
    cluster.tell(models={**running, "old@1": gone})
    assert changes(cluster) == [("removed", "old@1", 1, 0)]
    cluster.tell(models={})
    assert [each[0] for each in changes(cluster)] == ["added"] * len(running)
    cluster.tell(models=running)
    cluster.edit("target: 1", "target: 2")
    assert ("scaled", "tiny@1", 1, 2) in changes(cluster)
    cluster.edit("{max_model_len: 100}", "{max_model_len: 200}")
    result = cluster.run("apply", "--dry-run")
    assert "restarted" in result.stdout
    assert "profile.engine.max_model_len" in result.stdout
    assert "rules: sha256:" in result.stdout
    assert not cluster.paths.wanted_file.exists()


def test_requests_under_way_are_those_of_all_gateways_of_the_host(cluster: Cluster) -> None:
    def requests() -> object:
        said = json.loads(cluster.run("scale", "tiny=2", "--dry-run", "--json").stdout)
        return said["models"][0]["requests"]

    assert requests() is None
    cluster.paths.metrics.mkdir(parents=True)
    for number in (1, 2):
        families = {
            f"ringfence_queue_{name}": {
                "documentation": "",
                "type": "gauge",
                "samples": [
                    (f"ringfence_queue_{name}", {"model": "tiny@1", "lane": lane}, count)
                    for lane in ("must_stay", "others")
                ],
            }
            for name, count in (("inside", 3.0), ("waiting", 1.0))
        }
        (cluster.paths.metrics / f"gateway-{number}.json").write_text(json.dumps(families))
    assert requests() == {"running": 12, "waiting": 4}
    assert "12 run, 4 wait" in cluster.run("scale", "tiny=2", "--dry-run").stdout


def test_nodes_that_have_zones_now_move_what_asks_for_one(cluster: Cluster) -> None:
    cluster.edit(
        "max_ongoing_requests: 8", "max_ongoing_requests: 8\n      placement: {zone: secure}"
    )
    rules = load_rules(cluster.models, cluster.policy)
    models = {
        key: replace(cluster.report.models[key], deployed=model)
        for key, model in as_started(rules.registry).items()
    }
    cluster.tell(models=models)
    assert changes(cluster) == []
    secure = Node("s", {**NODE.total, "zone:secure": 1.0}, {**NODE.free, "zone:secure": 1.0})
    cluster.tell(nodes=(NODE, secure))
    assert {change[0] for change in changes(cluster)} == {"restarted"}


def test_what_may_see_restricted_data_has_to_ask_for_secure_nodes_where_there_are_some(
    cluster: Cluster,
) -> None:
    cluster.tell(nodes=(replace(NODE, total={**NODE.total, "zone:secure": 1.0}),))
    result = cluster.run("apply", "--dry-run")
    assert result.exit_code == 1
    assert "zone: secure" in result.stderr


def test_apply_says_what_has_no_room(cluster: Cluster) -> None:
    cluster.edit("target: 1", "target: 6")
    result = cluster.run("apply", "--dry-run")
    assert result.exit_code == 1
    assert "no room for" in result.stderr


def test_apply_asks_why(cluster: Cluster) -> None:
    result = cluster.run("apply")
    assert result.exit_code == 2
    assert "--reason" in result.stderr


def test_what_policy_apply_refuses_apply_refuses(cluster: Cluster) -> None:
    policy = yaml.safe_load(cluster.policy.read_text())
    policy["audit"] = {"checkpoint_interval_s": 7}
    cluster.policy.write_text(yaml.safe_dump(policy))
    result = cluster.run("apply", "--dry-run")
    assert result.exit_code == 1
    assert "restart needed" in result.stderr
    cluster.edit('state: production, since: "2026-01-01"', 'state: deprecated, since: "2026-01-01"')
    assert "ringfence models" in cluster.run("apply", "--dry-run").stderr
