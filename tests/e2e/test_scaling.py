"""A cluster that grows, shrinks and takes up another version of its model, while people ask it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from typer import Typer
from typer.testing import CliRunner

from router.domain import Role
from serving.cli.actor import TOKEN_VARIABLE
from serving.cli.apply import apply
from serving.cli.models import app as models_app
from serving.cli.scale import scale
from serving.cluster.accounts import open_key_store
from serving.cluster.launch import Launch
from serving.cluster.paths import ClusterPaths
from serving.cluster.report import read_report
from tests.e2e.engine_files import model, write_models, write_policy
from tests.e2e.simulated_cluster import SimulatedCluster, ringfence, started_cluster
from tests.e2e.steady_load import Load
from tests.e2e.what_is_left import entries_of
from tests.unit.router.lifecycle.models_file import record

CLIENTS = 6
TEAM = "default"
ONE, TWO = "own@1", "own@2"


@dataclass
class House:
    """A cluster of one engine, its files, and two people who move models."""

    cluster: SimulatedCluster
    directory: Path
    tokens: Sequence[str]

    @property
    def models(self) -> Path:
        return self.directory / "models.yaml"

    @property
    def policy(self) -> Path:
        return self.directory / "policy.yaml"

    def run(self, command: str, *words: str) -> str:
        files = ["--models", self.models, "--policy", self.policy] if command == "apply" else []
        return ringfence(command, *words, *files, "--state-dir", self.directory / "state")

    def refused(self, command: str, *words: str) -> str:
        """What a command that fails says."""
        app = Typer()
        app.command("apply")(apply)
        app.command("scale")(scale)
        files = ["--models", self.models, "--policy", self.policy] if command == "apply" else []
        places = map(str, [*files, "--state-dir", self.directory / "state"])
        result = CliRunner().invoke(app, [command, *words, *places])
        assert result.exit_code == 1, result.output
        return result.stderr

    def replicas(self) -> dict[str, tuple[int, int]]:
        """Wanted and running, by model, as `ringfence status` has them."""
        report = read_report(ClusterPaths.of(self.directory / "state"))
        assert report is not None
        return {key: (model.wanted, model.running) for key, model in report.models.items()}

    def moved(self, *words: str, by: int) -> Any:
        """A recorded move, by one of the two."""
        places = [
            *("--models", str(self.models), "--policy", str(self.policy)),
            *("--state-dir", str(self.directory / "state"), "--json"),
        ]
        result = CliRunner().invoke(
            models_app, [*words, *places], env={TOKEN_VARIABLE: self.tokens[by]}
        )
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def promote(self, to: str, *kinds: str, share: Sequence[str] = ()) -> None:
        shown = [f"--evidence={kind}={self.directory / kind}.json" for kind in kinds]
        move = self.moved("promote", TWO, "--to", to, "--reason", "better", *shown, *share, by=0)
        if move["status"] == "waiting":
            self.moved("approve", move["move"], by=1)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("scaling")
    models = write_models(directory / "models.yaml", [model()], 'own: {champion: "1"}')
    policy = write_policy(directory / "policy.yaml")
    for kind in ("evaluation", "safety", "bias"):
        record(directory / f"{kind}.json", model=TWO, passed=True)
    with started_cluster(directory, models, policy, None, "--simulate-engines") as cluster:
        store = open_key_store(ClusterPaths.of(directory / "state"))
        people = [
            store.create(team="platform", owner=owner, roles=[Role.OPERATOR])[1]
            for owner in ("first", "second")
        ]
        yield House(cluster, directory, people)


@pytest.mark.timeout(900)  # the start of the cluster is in it
async def test_no_request_is_lost_while_replicas_come_and_go_and_a_version_follows_another(
    house: House,
) -> None:
    cluster = house.cluster
    gateway, (first,) = cluster.replica("gateway"), cluster.replicas(ONE)
    load = Load([lambda: cluster.url], cluster.key, "own", clients=CLIENTS)
    async with load.running():
        await load.more(CLIENTS)
        await asyncio.to_thread(house.run, "scale", "own=3")
        assert house.replicas() == {ONE: (3, 3)}
        assert first in cluster.replicas(ONE), "it goes on running"
        await load.more(CLIENTS)
        await asyncio.to_thread(house.run, "scale", "own=-1", "--drain-s", "60")
        assert house.replicas() == {ONE: (2, 2)}
        await load.more(CLIENTS)

        # Another version comes in, beside the one that answers, which goes back to what is written.
        write_models(house.models, [model(), model("2", "candidate")], 'own: {champion: "1"}')
        applied = json.loads(
            await asyncio.to_thread(house.run, "apply", "--reason", "a drill", "--json")
        )
        said = {(change["what"], change["model"]) for change in applied["changes"]}
        assert said == {("scaled", ONE), ("added", TWO)}
        assert house.replicas() == {ONE: (1, 1), TWO: (1, 1)}
        (kept,), (new,) = cluster.replicas(ONE), cluster.replicas(TWO)
        await load.more(CLIENTS)

        # Two people bring it into production, one takes the other out, and the cluster follows.
        house.promote("shadow", "evaluation")
        house.promote("canary", "evaluation", "safety", share=("--share", "0.05"))
        house.promote("production", "evaluation", "safety", "bias")
        house.moved("promote", ONE, "--to", "deprecated", "--reason", "replaced", by=0)
        house.moved("retire", ONE, "--reason", "replaced", by=0)
        await asyncio.to_thread(house.run, "apply", "--reason", "a drill")
        assert house.replicas() == {TWO: (1, 1)}
        await load.more(2 * CLIENTS)

    assert load.refused == []
    assert not kept.is_running()
    assert (cluster.replica("gateway"), cluster.replicas(TWO)) == (gateway, [new])
    answered = check_records(cluster, load.whole)
    assert answered.keys() == {ONE, TWO}
    assert answered[TWO] >= CLIENTS


def check_records(cluster: SimulatedCluster, whole: Sequence[str]) -> Counter[str]:
    """Each answer has its record, once; how many there are of each model."""
    entries = entries_of(cluster.records, TEAM)
    assert len(set(whole)) == len(whole)
    outcomes = []
    for request_id in whole:
        assert entries.get(request_id, {}).keys() == {"decision", "outcome"}, request_id
        outcomes += entries[request_id]["outcome"]
    assert {outcome["status"] for outcome in outcomes} == {"answered"}
    return Counter(outcome["model"] for outcome in outcomes)


def test_a_model_has_no_door_but_its_handle(house: House) -> None:
    """An application's first deployment is an ingress to Serve, which would have it listen."""
    ports = Launch.load(ClusterPaths.of(house.directory / "state")).ports
    doors = range(ports.ingress_first, ports.ingress_grpc_last + 1)
    for process in (house.cluster.replica(TWO), house.cluster.replica("gateway")):
        listening = {
            connection.laddr.port
            for connection in process.net_connections(kind="inet")
            if connection.status == psutil.CONN_LISTEN
        }
        is_gateway = process == house.cluster.replica("gateway")
        assert bool(listening & {*doors}) == is_gateway


def test_what_cannot_be_done_says_why_and_changes_nothing(house: House) -> None:
    before = house.replicas()
    for words, why in (
        (("scale", "own=41"), "allows 1 to 40 replicas"),
        (("scale", "own=40"), "no room for"),
        (("scale", "nobody=2"), "no model is called nobody"),
        (("scale", "own=0"), "at least 1 replica runs"),
    ):
        assert why in house.refused(*words)
    # The file loses the only model that restricted requests have.
    written = house.models.read_text()
    house.models.write_text(written.replace("confidential, restricted]", "confidential]"))
    assert "restricted" in house.refused("apply", "--reason", "a drill")
    house.models.write_text(written.replace("location: on-prem", "location: elsewhere"))
    assert "location" in house.refused("apply", "--reason", "a drill")
    house.models.write_text(written)
    assert house.replicas() == before
    assert house.cluster.ask("hello", "own").status_code == 200
