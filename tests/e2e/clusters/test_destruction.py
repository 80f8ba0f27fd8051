"""What is killed, stopped and left alone under load, on a real cluster with simulated providers."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from openai import AsyncOpenAI
from sqlalchemy import select

from router.audit.tables import decisions
from router.store.database import reading
from serving.cluster.paths import ClusterPaths
from tests.e2e.simulated_cluster import (
    BACK_WITHIN_S,
    SimulatedCluster,
    ringfence,
    running_cluster,
)
from tests.e2e.steady_load import Load
from tests.e2e.what_is_left import (
    BUDGETS,
    check_answers,
    check_budget,
    check_log,
    entries_of,
    is_sequenced,
    notes,
)
from tests.stack import EXTERNAL
from tests.waiting import until

# The cluster's start counts as the first test's time.
pytestmark = pytest.mark.timeout(900)

logger = logging.getLogger(__name__)

RESTRICTED = "Draft a letter for the owner of social security number 536-22-8726."
KILLS = int(os.environ.get("RINGFENCE_REPLICA_KILLS", "2"))
"""The drill is of 5: each takes a replica's time to start."""
CLIENTS = 16
TEAM = "drill"
GAVE_UP_WITHIN_S = 45.0
"""Less than the cluster has patience for: nobody waited for what is not there."""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cluster")


@pytest.fixture(scope="module")
def shared_cluster(directory: Path) -> Iterator[SimulatedCluster]:
    with running_cluster(directory) as cluster:
        yield cluster


@pytest.fixture
def cluster(shared_cluster: SimulatedCluster) -> SimulatedCluster:
    shared_cluster.reset()
    return shared_cluster


def arrived_outside(cluster: SimulatedCluster) -> int:
    return sum(len(cluster.providers[name].requests()) for name in EXTERNAL)


def give_budgets(cluster: SimulatedCluster, directory: Path) -> None:
    """Returns when the gateway serves with a policy by which what TEAM spends is counted."""
    policy: dict[str, Any] = yaml.safe_load((directory / "policy.yaml").read_text())
    changed = directory / "policy-budgets.yaml"
    changed.write_text(yaml.safe_dump(policy | {"limits": {"teams": {TEAM: BUDGETS}}}))
    files = ["--models", directory / "models.yaml", "--policy", changed]
    place = ["--state-dir", directory / "state", "--json"]
    applied = json.loads(ringfence("policy", "apply", "--reason", "a drill", *files, *place))

    def serves() -> bool:
        request_id = cluster.ask("hello").headers["x-ringfence-request-id"]
        mine = select(decisions.c.policy_digest).where(decisions.c.request_id == request_id)
        with reading(cluster.records).connect() as connection:
            return bool(connection.scalar(mine) == applied["digest"])

    until(serves)


async def test_a_client_that_has_its_answer_has_its_record_through_kill_9(
    cluster: SimulatedCluster, directory: Path
) -> None:
    place = ["--state-dir", directory / "state", "--json"]
    made = await asyncio.to_thread(ringfence, "keys", "create", "--team", TEAM, *place)
    key = json.loads(made)["key"]
    await asyncio.to_thread(give_budgets, cluster, directory)
    witnesses: set[str] = set()
    load = Load([lambda: cluster.url], key, "fast-model", clients=CLIENTS, pause_s=0.25)
    async with load.running():
        kills = 0
        while kills < KILLS or not load.refused:  # until one hit somebody who waited
            kills += 1
            # More than those of the replica before that may have been on their way.
            await load.more(2 * CLIENTS)
            witnesses.update(notes(cluster.records))
            cluster.replica("gateway").kill()
        await load.more(2 * CLIENTS)
    await asyncio.to_thread(until, lambda: is_sequenced(cluster.records))

    entries = entries_of(cluster.records, TEAM)
    check_answers(entries, load.whole, "fast-model@1")
    key_file = ClusterPaths.of(directory / "state").audit_public_key
    audit_key = Ed25519PublicKey.from_public_bytes(key_file.read_bytes())
    unsettled = check_budget(cluster.records, entries, f"team:{TEAM}")
    assert unsettled <= kills * CLIENTS
    found = check_log(cluster.records, audit_key, witnesses)
    logger.info(
        "%d answers whole, without one %s; %d decisions, %d of them unsettled; %d in the log",
        len(load.whole),
        dict(load.refusals),
        len(entries),
        unsettled,
        found.size,
    )
    until(lambda: cluster.answered_by("fast") == "fast-model", BACK_WITHIN_S)


async def test_a_provider_that_is_gone_is_replaced_by_what_is_permitted(
    cluster: SimulatedCluster,
) -> None:
    cluster.providers["openai"].stop(kill=True)
    answer = await asyncio.to_thread(cluster.ask, "hello")
    assert answer.status_code == 200
    assert answer.headers["x-ringfence-model"] == "fast-model"
    assert answer.headers["x-ringfence-fallbacks"] == "openai-model@1"


async def test_without_the_private_model_a_restricted_request_gets_503_and_leaves_nothing_outside(
    cluster: SimulatedCluster,
) -> None:
    cluster.providers["private"].stop(kill=True)
    for choice in ("auto", "fast", "balanced", "openai-model", "private"):
        started_s = time.monotonic()
        answer = await asyncio.to_thread(cluster.ask, RESTRICTED, choice)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.json()["error"]["code"] == "nothing_available"
        assert time.monotonic() - started_s < GAVE_UP_WITHIN_S
    assert arrived_outside(cluster) == 0
    assert cluster.providers["fast"].requests() == []


async def test_while_the_private_deployment_starts_again_nothing_of_its_goes_elsewhere(
    cluster: SimulatedCluster,
) -> None:
    killed = cluster.replica("adapter-private")
    killed.kill()

    async def ask_until_it_is_back() -> list[httpx2.Response]:
        answers = []
        until_s = time.monotonic() + BACK_WITHIN_S
        while not answers or answers[-1].status_code != 200 or killed.is_running():
            assert time.monotonic() < until_s
            answers.append(await asyncio.to_thread(cluster.ask, RESTRICTED))
        return answers

    # Those that come before anybody knows wait for the new replica, and the others hear of it.
    for answers in await asyncio.gather(*(ask_until_it_is_back() for _ in range(4))):
        for answer in answers:
            assert answer.status_code in (200, 503)
            if answer.status_code == 503:
                assert int(answer.headers["retry-after"]) >= 1
            else:
                assert answer.headers["x-ringfence-model"] == "private-model"
    assert arrived_outside(cluster) == 0
    assert cluster.providers["fast"].requests() == []


@pytest.mark.parametrize("stream", [True, False])
async def test_a_client_that_leaves_ends_the_work_at_the_provider(
    cluster: SimulatedCluster, stream: bool
) -> None:
    provider = cluster.providers["fast"]
    # The first token comes at once or, where nobody streams, the whole after a long time.
    provider.configure(itl_s=0.2, completion_tokens=200)
    client = cluster.async_client()
    asking = asyncio.create_task(
        client.chat.completions.create(
            model="fast", messages=[{"role": "user", "content": "hello"}], stream=stream
        )
    )
    await asyncio.to_thread(until, lambda: len(provider.requests()) == 1)
    if stream:
        answer = await asking
        await answer.response.aclose()  # type: ignore[union-attr]
    else:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    left = await asyncio.to_thread(provider.wait_for_disconnect, 20)
    await client.close()
    assert left.tokens_sent < 200


async def test_500_streams_at_once_are_all_answered_and_recorded(
    cluster: SimulatedCluster,
) -> None:
    # All of them, for who is too busy to be connected to is replaced by another one.
    for provider in cluster.providers.values():
        provider.configure(ttft_s=0.5, itl_s=0.05, completion_tokens=20)

    async def one(client: AsyncOpenAI) -> str:
        chunks = await client.chat.completions.create(
            model="fast",
            messages=[{"role": "user", "content": "hello"}],
            stream=True,
            timeout=120,
        )
        words, finished, answer_id = 0, None, ""
        async for chunk in chunks:
            words += bool(chunk.choices[0].delta.content)
            finished = chunk.choices[0].finish_reason or finished
            answer_id = chunk.id
        assert (words, finished) == (20, "stop")
        return answer_id.removeprefix("chatcmpl-")

    async with cluster.async_client() as client, asyncio.TaskGroup() as tasks:
        streams = [tasks.create_task(one(client)) for _ in range(500)]
    ids = {stream.result() for stream in streams}
    assert {cluster.status_of(request_id) for request_id in ids} == {"answered"}
    assert len(ids) == 500
