"""What is killed, stopped and left alone under load, on a real cluster with simulated providers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import httpx2
import openai
import pytest
from openai import AsyncOpenAI

from tests.e2e.simulated_cluster import SimulatedCluster, eventually, running_cluster
from tests.stack import EXTERNAL

RESTRICTED = "Draft a letter for the owner of social security number 536-22-8726."


@pytest.fixture(scope="module")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedCluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def cluster(shared_cluster: SimulatedCluster) -> SimulatedCluster:
    shared_cluster.reset()
    return shared_cluster


def arrived_outside(cluster: SimulatedCluster) -> int:
    return sum(len(cluster.providers[name].requests()) for name in EXTERNAL)


async def answers(client: AsyncOpenAI, until_s: float, stream: bool) -> list[str]:
    """Asks again and again; the ids of the answers that came whole."""
    ids = []
    while time.monotonic() < until_s:
        try:
            answer = await client.chat.completions.create(
                model="fast",
                messages=[{"role": "user", "content": "hello"}],
                stream=stream,
                timeout=10,
            )
            if stream:
                finished = None
                async for chunk in answer:  # type: ignore[union-attr]
                    finished = chunk.choices[0].finish_reason or finished
                    answer_id = chunk.id
                if finished is None:
                    continue
                ids.append(answer_id)
            else:
                ids.append(answer.id)  # type: ignore[union-attr]
        except openai.APIError:
            await asyncio.sleep(0.05)
    return ids


async def test_a_client_that_has_its_answer_has_its_record_through_kill_9(
    cluster: SimulatedCluster,
) -> None:
    client = cluster.async_client()
    until_s = time.monotonic() + 8
    load = [asyncio.create_task(answers(client, until_s, stream=n % 2 == 0)) for n in range(16)]
    await asyncio.sleep(2)
    cluster.replica("gateway").kill()
    received = [answer_id for ids in await asyncio.gather(*load) for answer_id in ids]
    await client.close()

    assert len(received) > 50
    statuses = {cluster.status_of(answer_id.removeprefix("chatcmpl-")) for answer_id in received}
    assert statuses == {"answered"}
    eventually(lambda: cluster.answered_by("fast") == "fast-model", within_s=60)


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
        assert time.monotonic() - started_s < 5
    assert arrived_outside(cluster) == 0
    assert cluster.providers["fast"].requests() == []


async def test_while_the_private_deployment_starts_again_nothing_of_its_goes_elsewhere(
    cluster: SimulatedCluster,
) -> None:
    killed = cluster.replica("adapter-private")
    killed.kill()

    async def ask_until_it_is_back() -> list[httpx2.Response]:
        answers = []
        until_s = time.monotonic() + 60
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
    await asyncio.to_thread(eventually, lambda: len(provider.requests()) == 1, 30)
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
    cluster.providers["fast"].configure(ttft_s=0.5, itl_s=0.05, completion_tokens=20)
    client = cluster.async_client()

    async def one() -> str:
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

    ids = await asyncio.gather(*(one() for _ in range(500)))
    await client.close()
    assert {cluster.status_of(request_id) for request_id in ids} == {"answered"}
    assert len(set(ids)) == 500
