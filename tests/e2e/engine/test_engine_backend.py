"""What the real engine answers, through everything, with the official client."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from sqlalchemy import func, select

from router.audit.tables import decisions, outcomes
from router.domain import OutcomeStatus
from router.store.database import connect, reading
from serving.cluster.paths import ClusterPaths
from tests.engine_cluster import EngineCluster
from tests.waiting import until

# The cluster's start counts as the first test's time.
pytestmark = [pytest.mark.engine, pytest.mark.timeout(1200)]

MODEL = "smollm2-135m-private"
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "maxLength": 12}},
            "required": ["city"],
        },
    },
}
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 10}, "adult": {"type": "boolean"}},
    "required": ["name", "adult"],
    "additionalProperties": False,
}


@pytest.fixture
def client(engine_cluster: EngineCluster) -> OpenAI:
    base_url = f"{engine_cluster.base_url}/v1"
    return OpenAI(base_url=base_url, api_key=engine_cluster.key, max_retries=0, timeout=120)


def test_it_knows_the_capital_of_france(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "What is the capital of France?"}],
        temperature=0,
        max_tokens=16,
    )
    assert "Paris" in (answer.choices[0].message.content or "")
    assert answer.usage is not None
    assert answer.usage.completion_tokens > 0


def test_a_stream_ends_with_its_usage(client: OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": "Count to three."}],
            max_tokens=8,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] is not None
    assert chunks[-1].usage is not None


def test_completions_stop_where_they_are_told_to(client: OpenAI) -> None:
    answer = client.completions.create(
        model=MODEL, prompt="1, 2, 3, 4,", max_tokens=16, temperature=0, stop=[","]
    )
    assert "," not in answer.choices[0].text


def test_logprobs_and_more_than_one_choice(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "Say something."}],
        max_tokens=4,
        n=2,
        seed=1,
        logprobs=True,
        top_logprobs=2,
    )
    assert [choice.index for choice in answer.choices] == [0, 1]
    logprobs = answer.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.content is not None
    assert len(logprobs.content[0].top_logprobs) == 2


def test_a_schema_is_kept_to(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "Describe somebody as JSON."}],
        temperature=0,
        max_tokens=64,
        response_format={"type": "json_schema", "json_schema": {"name": "s", "schema": SCHEMA}},
    )
    described = json.loads(answer.choices[0].message.content or "")
    assert set(described) == {"name", "adult"}


def test_a_required_tool_is_called_and_its_result_is_taken(client: OpenAI) -> None:
    question = {"role": "user", "content": "How is the weather in Paris?"}
    answer = client.chat.completions.create(
        model=MODEL,
        messages=[question],  # type: ignore[list-item]
        tools=[TOOL],  # type: ignore[list-item]
        tool_choice="required",
        temperature=0,
        max_tokens=96,
    )
    message = answer.choices[0].message
    assert message.tool_calls
    call = message.tool_calls[0]
    assert call.function.name == "get_weather"
    assert set(json.loads(call.function.arguments)) == {"city"}
    result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
    second = client.chat.completions.create(
        model=MODEL,
        messages=[question, message.model_dump(exclude_none=True), result],  # type: ignore[list-item]
        tools=[TOOL],  # type: ignore[list-item]
        max_tokens=8,
    )
    assert second.choices[0].finish_reason in ("stop", "length", "tool_calls")


async def test_clients_that_leave_free_the_engine_and_are_recorded(
    engine_cluster: EngineCluster,
) -> None:
    # As many as the engine runs at once (max_num_seqs), each good for minutes.
    client = AsyncOpenAI(
        base_url=f"{engine_cluster.base_url}/private/v1", api_key=engine_cluster.key, max_retries=0
    )
    records = reading(connect(ClusterPaths.of(engine_cluster.state_dir).database_url))

    def cancelled() -> int:
        with records.connect() as connection:
            left = outcomes.c.status == OutcomeStatus.CANCELLED.value
            return connection.scalar(select(func.count()).where(left)) or 0

    def arrived() -> int:
        with records.connect() as connection:
            return connection.scalar(select(func.count()).select_from(decisions)) or 0

    before, arrived_before = cancelled(), arrived()
    asking = [
        asyncio.create_task(
            client.chat.completions.create(
                model=MODEL,
                messages=[{"role": "user", "content": "Tell a very long story."}],
                max_tokens=1900,
                extra_body={"ignore_eos": True},
                stream=number % 2 == 0,
            )
        )
        for number in range(16)
    ]
    streams = await asyncio.gather(*asking[::2])
    for stream in streams:
        assert await anext(aiter(stream))  # type: ignore[arg-type]
        await stream.response.aclose()  # type: ignore[union-attr]
    # All of them have come in: who leaves before being decided about leaves no record.
    await asyncio.to_thread(until, lambda: arrived() >= arrived_before + 16)
    for task in asking[1::2]:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    answer = await client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "Hi."}], max_tokens=2, timeout=60
    )
    assert answer.choices
    await asyncio.to_thread(until, lambda: cancelled() >= before + 16)
    await client.close()
    records.dispose()


def test_what_the_engine_refuses_is_a_400_at_once(engine_cluster: EngineCluster) -> None:
    # The private API, where no other model is next in the plan.
    base_url = f"{engine_cluster.base_url}/private/v1"
    client = OpenAI(base_url=base_url, api_key=engine_cluster.key, max_retries=0)
    began_s = time.monotonic()
    schema = {"name": "s", "schema": {"type": "no-such-type"}}
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": "x"}],
            response_format={"type": "json_schema", "json_schema": schema},
        )
    assert time.monotonic() - began_s < 30


def test_no_prompt_is_in_any_log(client: OpenAI, engine_cluster: EngineCluster) -> None:
    marker = f"marker{time.monotonic_ns()}"
    text = [{"role": "user", "content": f"{marker} 536-22-8726"}]
    client.chat.completions.create(model=MODEL, messages=text, max_tokens=4)  # type: ignore[arg-type]
    for refused in (
        {"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": marker}}}},
        {"temperature": marker},
        {"max_tokens": 10**9},
    ):
        with pytest.raises(openai.APIStatusError):
            client.chat.completions.create(model=MODEL, messages=text, extra_body=refused)  # type: ignore[arg-type]
    paths = ClusterPaths.of(engine_cluster.state_dir)
    logs = [*(paths.ray.glob("session_*/logs")), paths.logs, paths.haproxy]
    assert [str(file) for log in logs for file in _holding(log, marker)] == []


def test_gateways_do_not_import_the_engine(engine_cluster: EngineCluster) -> None:
    import psutil

    loaded: dict[str, str] = {}
    for process in psutil.Process(engine_cluster.pid).children(recursive=True):
        title = " ".join(process.cmdline())
        for application, name in (("ringfence", "gateway"), (f"{MODEL}@1", f"{MODEL}@1")):
            if title.startswith(f"ray::ServeReplica:{application}:{name}"):
                loaded[name] = Path(f"/proc/{process.pid}/maps").read_text()
    assert "libtorch" in loaded[f"{MODEL}@1"]
    assert "libtorch" not in loaded["gateway"]


def _holding(directory: Path, text: str) -> list[Path]:
    files = (file for file in directory.rglob("*") if file.is_file())
    return [file for file in files if text.encode() in file.read_bytes()]
