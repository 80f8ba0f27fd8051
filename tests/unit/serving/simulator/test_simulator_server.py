"""The simulator at a real socket, asked by the providers' own clients."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import openai
import pytest

from serving.simulator.config import SimulatorConfig
from serving.simulator.process import SimulatorProcess

HELLO: Any = [{"role": "user", "content": "hello"}]
TOOL: Any = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}


@pytest.fixture(scope="module")
def provider() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(SimulatorConfig(record=True)) as running:
        yield running


@pytest.fixture
def simulator(provider: SimulatorProcess) -> SimulatorProcess:
    provider.configure()
    provider.clear()
    return provider


@pytest.fixture
def client(simulator: SimulatorProcess) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="k", base_url=f"{simulator.origin}/v1", max_retries=0) as made:
        yield made


def test_openai_chat(client: openai.OpenAI, simulator: SimulatorProcess) -> None:
    answer = client.chat.completions.create(
        model="m", messages=HELLO, n=2, logprobs=True, max_tokens=3, seed=1
    )
    assert len(answer.choices) == 2
    assert answer.choices[0].finish_reason == "length"
    assert answer.choices[0].logprobs is not None
    assert len(answer.choices[0].logprobs.content or []) == 3
    (arrived,) = simulator.requests()
    assert (arrived.method, arrived.path) == ("POST", "/v1/chat/completions")
    assert json.loads(arrived.body)["n"] == 2
    assert arrived.completed
    assert arrived.tokens_sent == 6


def test_openai_stream_and_whole_say_the_same(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="m", messages=HELLO, seed=4)
    chunks = list(
        client.chat.completions.create(
            model="m",
            messages=HELLO,
            seed=4,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage


def test_openai_schema(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="m",
        messages=HELLO,
        response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": TOOL}},
    )
    assert json.loads(answer.choices[0].message.content or "") == {"city": ""}


def test_openai_completions_embeddings_and_models(client: openai.OpenAI) -> None:
    answer = client.completions.create(model="m", prompt=["a", "b"], max_tokens=2, logprobs=1)
    assert [choice.index for choice in answer.choices] == [0, 1]
    parts = list(client.completions.create(model="m", prompt="a", max_tokens=2, stream=True))
    assert parts[-1].choices[0].finish_reason == "length"
    vectors = client.embeddings.create(model="m", input=["a", "b", "a"], dimensions=8).data
    assert len(vectors[0].embedding) == 8
    assert vectors[0].embedding == vectors[2].embedding != vectors[1].embedding
    assert [model.id for model in client.models.list()] == ["sim-small", "sim-large"]


def test_anthropic(simulator: SimulatorProcess) -> None:
    tools: Any = [{"name": "sun", "input_schema": TOOL}]
    ask: Any = [{"role": "user", "content": "use the tool"}]
    with anthropic.Anthropic(api_key="k", base_url=simulator.origin, max_retries=0) as client:
        whole = client.messages.create(model="m", max_tokens=4, messages=HELLO)
        assert whole.stop_reason == "max_tokens"
        with client.messages.stream(model="m", max_tokens=99, messages=ask, tools=tools) as stream:
            said = stream.get_final_message()
        assert said.stop_reason == "tool_use"
        (block,) = said.content
        assert block.type == "tool_use"
        assert block.input == {"city": ""}


@pytest.mark.parametrize("body", ["[]", "x", "{}", '{"messages":[]}'])
def test_bad_questions_are_400(simulator: SimulatorProcess, body: str) -> None:
    for path in ("/v1/chat/completions", "/v1/messages"):
        answer = httpx2.post(simulator.origin + path, content=body)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"]


def test_errors_are_drawn_at_their_rate(simulator: SimulatorProcess) -> None:
    simulator.configure(error_rate=0.5, error_status=429, retry_after_s=3)
    with httpx2.Client(base_url=simulator.origin) as http:
        answers = [http.get("/v1/models") for _ in range(60)]
    failed = [answer for answer in answers if answer.status_code == 429]
    assert 15 < len(failed) < 45
    assert failed[0].headers["retry-after"] == "3"


def test_prices_add_up(simulator: SimulatorProcess, client: openai.OpenAI) -> None:
    simulator.configure(input_usd_per_mtok=1, output_usd_per_mtok=2)
    before = simulator.usage()["cost_nano_usd"]
    usage = client.chat.completions.create(model="m", messages=HELLO).usage
    assert usage is not None
    cost = usage.prompt_tokens * 1000 + usage.completion_tokens * 2000
    assert simulator.usage()["cost_nano_usd"] - before == cost


def test_latency_is_what_was_set(simulator: SimulatorProcess, client: openai.OpenAI) -> None:
    simulator.configure(ttft_s=0.3, itl_s=0.05, completion_tokens=5)
    started_s = time.monotonic()
    stream = client.chat.completions.create(model="m", messages=HELLO, stream=True)
    next(iter(stream))
    assert time.monotonic() - started_s >= 0.3
    list(stream)
    assert time.monotonic() - started_s >= 0.5


def test_recording_is_off_by_default_and_stays_off() -> None:
    with SimulatorProcess() as silent:
        httpx2.post(f"{silent.origin}/v1/chat/completions", json={"messages": HELLO})
        answer = httpx2.get(f"{silent.origin}/simulator/requests")
        assert answer.status_code == 409
        switched = httpx2.put(f"{silent.origin}/simulator/config", json={"record": True})
        assert switched.status_code == 409


def test_a_stopped_simulator_comes_back_at_its_port() -> None:
    simulator = SimulatorProcess()
    simulator.start()
    port = simulator.port
    simulator.stop(kill=True)
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"http://127.0.0.1:{port}/v1/models")
    simulator.start()
    assert simulator.port == port
    assert httpx2.get(f"{simulator.origin}/v1/models").status_code == 200
    simulator.stop()


async def test_many_slow_streams_at_once(simulator: SimulatorProcess) -> None:
    simulator.configure(itl_s=0.1, completion_tokens=10)
    limits = httpx2.Limits(max_connections=None)

    async with httpx2.AsyncClient(limits=limits, timeout=60, trust_env=False) as http:

        async def whole_stream() -> bool:
            body = {"model": "m", "stream": True, "messages": HELLO}
            answer = await http.post(f"{simulator.origin}/v1/chat/completions", json=body)
            return answer.text.endswith("data: [DONE]\n\n")

        assert all(await asyncio.gather(*(whole_stream() for _ in range(200))))
