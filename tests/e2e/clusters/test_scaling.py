"""A cluster that grows, shrinks and takes up another version of its model, while people ask it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
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
from tests.e2e.engine_files import TTFT_S, model, write_models, write_policy
from tests.e2e.posted_cordon_main import INDEX, REASON
from tests.e2e.simulated_cluster import SimulatedCluster, ringfence, started_cluster
from tests.e2e.steady_load import Load
from tests.e2e.what_is_left import entries_of
from tests.metrics_page import rise, total
from tests.promtool import has_promtool, run_promtool
from tests.unit.router.lifecycle.models_file import record
from tests.waiting import until

CLIENTS = 6
TEAM = "default"
ONE, TWO = "own@1", "own@2"
INPUT_USD_PER_MTOK, OUTPUT_USD_PER_MTOK = 1.0, 2.0
REPORT_INTERVAL = "RAY_SERVE_REPLICA_AUTOSCALING_METRIC_PUSH_INTERVAL_S"
"""By Serve's own, 10 s pass between a replica's reports: what is tested is what follows of them."""
FOLLOWS_WITHIN_S = 120.0
"""It goes by their mean of 15 s."""


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

    def metrics(self) -> str:
        """The page, as one of the two gets it."""
        answer = self._page()
        assert answer.status_code == 200, answer.text
        return answer.text

    def is_known(self) -> bool:
        """Whether the gateway has read the keys of the two, which were made after it started."""
        return self._page().status_code == 200

    def _page(self) -> httpx2.Response:
        sent = {"authorization": f"Bearer {self.tokens[-1]}"}
        return httpx2.get(f"{self.cluster.url}/metrics", headers=sent, timeout=60)

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
    with ExitStack() as stack:
        stack.enter_context(pytest.MonkeyPatch.context()).setenv(REPORT_INTERVAL, "1")
        cluster = stack.enter_context(
            started_cluster(directory, models, policy, None, "--simulate-engines")
        )
        store = open_key_store(ClusterPaths.of(directory / "state"))
        people = [
            store.create(team="platform", owner=owner, roles=[Role.OPERATOR])[1]
            for owner in ("first", "second")
        ]
        house = House(cluster, directory, people)
        until(house.is_known)
        yield house


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


async def test_a_drained_model_ends_what_it_has_and_takes_nothing_new(house: House) -> None:
    cluster = house.cluster
    load = Load([lambda: cluster.url], cluster.key, "own", clients=CLIENTS, pause_s=0.1)
    async with load.running():
        await load.more(CLIENTS)
        told = await asyncio.to_thread(house.run, "drain", "own", "--reason", "a drill", "--json")
        answered = len(load.whole)
        await load.more_refused(CLIENTS)
        assert len(load.whole) == answered
        await asyncio.to_thread(house.run, "drain", "own", "--undo")
        await load.more(CLIENTS)
    (drained,) = json.loads(told)["drains"]
    assert drained["requests"] == {"running": 0, "waiting": 0, "cut": 0, "turned_away": 0}
    assert load.refusals.keys() == {"503 nothing_available"}, "none was lost, none cut short"


def test_what_was_asked_is_on_the_page_with_what_it_cost(house: House, tmp_path: Path) -> None:
    (key,) = house.replicas()
    before = house.metrics()

    with house.cluster.client() as client:
        ask = partial(
            client.chat.completions.create,
            model="own",
            messages=[{"role": "user", "content": "good morning"}],
        )
        whole = [ask().usage for _ in range(2)]
        *_, last = ask(stream=True, stream_options={"include_usage": True})
    usages = [*whole, last.usage]

    ended = {"model": key, "status": "answered", "http_status": "200"}
    until(lambda: rise(before, house.metrics(), "ringfence_requests_total", **ended) == 3)
    after = house.metrics()
    risen = partial(rise, before, after)
    of_model = {"team": TEAM, "model": key}
    tokens = {
        kind: risen("ringfence_tokens_total", **of_model, type=kind) for kind in ("input", "output")
    }
    assert tokens == {
        "input": sum(usage.prompt_tokens for usage in usages),
        "output": sum(usage.completion_tokens for usage in usages),
    }
    cost_usd = (tokens["input"] * INPUT_USD_PER_MTOK + tokens["output"] * OUTPUT_USD_PER_MTOK) / 1e6
    assert risen("ringfence_cost_usd_total", **of_model) == pytest.approx(cost_usd)
    assert risen("ringfence_step_duration_seconds_count", step="decide") == 3
    assert risen("ringfence_classifications_total") >= 3
    for name, least_s in (("to_first", TTFT_S), ("per_output", 0)):
        family = f"gen_ai_server_time_{name}_token_seconds"
        assert risen(f"{family}_count", gen_ai_response_model=key) == 1
        assert risen(f"{family}_sum", gen_ai_response_model=key) > least_s
    for deployment in (key, "gateway"):
        for state in ("wanted", "running"):
            assert total(after, f"ringfence_replicas_{state}", deployment=deployment) == 1
    assert total(after, "ringfence_queue_places", model=key) >= 1
    for state in ("waiting", "inside"):
        assert total(after, f"ringfence_queue_{state}", model=key) == 0
    # Engines post every few seconds, and the last post may be of a moment when they were asked.
    full = [f"ringfence_engine_{said}" for said in ("kv_use_ratio", "waiting_requests")]
    until(lambda: not any(total(house.metrics(), name, model=key) for name in full))
    assert total(after, "ringfence_gateways") == total(after, "ringfence_database_up") == 1
    if has_promtool():
        run_promtool("check", "metrics", cwd=tmp_path, given=after.encode())


def test_a_gpu_that_a_replica_found_unfit_is_on_the_page_until_it_is_used_again(
    house: House,
) -> None:
    def shown() -> float:
        return total(house.metrics(), "ringfence_gpu_cordoned", index=str(INDEX), reason=REASON)

    assert shown() == -1
    with house.cluster.process_of("tests.e2e.posted_cordon_main") as posting:
        until(lambda: shown() == 1)
        posting.communicate("\n")
        assert posting.returncode == 0
    assert shown() == -1


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


@pytest.mark.timeout(900)  # the start of the cluster is in it, where it runs alone
async def test_replicas_follow_what_engines_report_up_and_down_between_their_bounds(
    house: House,
) -> None:
    written = house.models.read_text()

    async def apply(target_kv_use: float) -> None:
        targets = f"target_kv_use: {target_kv_use}, upscale_delay_s: 0, downscale_delay_s: 0"
        follow = f"replicas: {{min: 1, max: 2}}\n      autoscaling: {{{targets}}}"
        house.models.write_text(written.replace("replicas: {min: 1, max: 40, target: 1}", follow))
        await asyncio.to_thread(house.run, "apply", "--reason", "a drill")

    async def runs(count: int) -> None:
        def is_so() -> bool:
            return house.replicas() == {key: (count, count)}

        await asyncio.to_thread(until, is_so, FOLLOWS_WITHIN_S)

    await apply(target_kv_use=0.9)
    (key,) = house.replicas()
    until(lambda: len(house.cluster.replicas(key)) == 1)
    (first,) = house.cluster.replicas(key)
    load = Load([lambda: house.cluster.url], house.cluster.key, "own", clients=CLIENTS)
    async with load.running():
        # An eighth of one of the simulated engine's 64 places: any load at all is over it.
        await apply(target_kv_use=0.002)
        await runs(2)
        assert first in house.cluster.replicas(key), "it took up its target while it ran"
        assert "follow the load (KV use)" in house.refused("scale", "own=2")
    await runs(1)
    assert load.refused == []
