"""I5: no record, no answer: the decision before anything is sent, the outcome before the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import Any

import httpx2
import pytest

from tests.bodies import CHAT, COMPLETIONS, HARMLESS, RESTRICTED, chat, completion
from tests.stack import Stack, until

DONE = "data: [DONE]"
ENDPOINTS = [(CHAT, chat()), (CHAT, chat(stream=True)), (COMPLETIONS, completion(model="fast"))]


@contextmanager
def cannot_be_written(stack: Stack, table: str) -> Iterator[None]:
    """Every insert into the table fails, as on a full disk."""
    with closing(stack.database()) as connection:
        connection.execute(
            f"CREATE TRIGGER full BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
        try:
            yield
        finally:
            connection.execute("DROP TRIGGER full")


@contextmanager
def locked(stack: Stack) -> Iterator[Callable[[], None]]:
    """Somebody else is writing, so that no commit comes through until what is yielded is called."""
    with closing(stack.database()) as connection:
        connection.execute("BEGIN IMMEDIATE")

        def release() -> None:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

        try:
            yield release
        finally:
            release()


def outcome_of(stack: Stack, request_id: str) -> str | None:
    """The status that is committed for a request at this moment."""
    found = stack.rows("SELECT status FROM outcomes WHERE request_id = ?", request_id)
    return found[0][0] if found else None


@asynccontextmanager
async def streaming(stack: Stack, body: dict[str, Any]) -> AsyncIterator[httpx2.Response]:
    headers = {"authorization": f"Bearer {stack.key}"}
    async with (
        httpx2.AsyncClient(base_url=stack.url, trust_env=False, timeout=30) as client,
        client.stream("POST", CHAT, json=body, headers=headers) as response,
    ):
        yield response


def finishes(line: str) -> bool:
    if not line.startswith("data: {"):
        return False
    choices = json.loads(line.removeprefix("data: ")).get("choices") or []
    return any(choice.get("finish_reason") for choice in choices)


@pytest.mark.parametrize(("path", "body"), ENDPOINTS)
def test_a_decision_that_cannot_be_written_is_not_acted_on(
    own_stack: Callable[..., Stack], path: str, body: dict[str, Any]
) -> None:
    stack = own_stack()
    with cannot_be_written(stack, "decisions"):
        answer = stack.post(path, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "ledger_unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert stack.arrived(*stack.providers) == []
    assert stack.post(path, body).status_code == 200


async def test_nothing_is_sent_before_the_decision_is_durable(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack()
    with locked(stack) as release:
        asking = asyncio.create_task(asyncio.to_thread(stack.post, CHAT, chat()))
        await asyncio.sleep(0.4)
        assert not asking.done()
        assert stack.rows("SELECT * FROM decisions") == []
        assert stack.arrived(*stack.providers) == []
        release()
        answer = await asking
    assert answer.status_code == 200
    assert len(stack.arrived(*stack.providers)) == 1


def test_a_database_that_stays_locked_is_an_error_and_not_a_wait_for_ever(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack()
    with locked(stack):
        answer = stack.post(CHAT, chat())
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "ledger_unavailable")
    assert stack.arrived(*stack.providers) == []
    assert stack.post(CHAT, chat()).status_code == 200


async def test_when_a_request_arrives_its_decision_is_in_the_database(stack: Stack) -> None:
    stack.providers["openai"].configure(ttft_s=1)
    before = len(stack.rows("SELECT * FROM decisions"))
    body = chat(model="openai-model")
    asking = asyncio.create_task(asyncio.to_thread(stack.post, CHAT, body))
    await asyncio.to_thread(until, lambda: stack.arrived("openai"))
    assert len(stack.rows("SELECT * FROM decisions")) == before + 1
    answer = await asking
    assert outcome_of(stack, answer.headers["x-ringfence-request-id"]) == "answered"


def test_an_outcome_that_cannot_be_written_is_no_answer(own_stack: Callable[..., Stack]) -> None:
    stack = own_stack()
    with cannot_be_written(stack, "outcomes"):
        answer = stack.post(CHAT, chat())
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "ledger_unavailable")
    assert "choices" not in answer.text
    assert stack.record_of(answer)["status"] == "open"


@pytest.mark.parametrize("usage", [False, True])
def test_a_stream_whose_outcome_cannot_be_written_never_ends_as_if_it_were_whole(
    own_stack: Callable[..., Stack], usage: bool
) -> None:
    stack = own_stack()
    body = chat(stream=True, stream_options={"include_usage": usage})
    with cannot_be_written(stack, "outcomes"):
        lines = stack.post(CHAT, body).text.splitlines()
    assert not any(finishes(line) for line in lines)
    assert DONE not in lines
    assert "ledger_unavailable" in lines[-2]
    assert not any('"usage": {' in line for line in lines)
    assert any(finishes(line) for line in stack.post(CHAT, body).text.splitlines())


async def test_the_end_of_a_stream_waits_until_its_outcome_is_durable(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack()
    stack.providers["openai"].configure(itl_s=0.02)
    async with streaming(stack, chat(model="openai-model", stream=True)) as response:
        request_id = response.headers["x-ringfence-request-id"]
        lines = response.aiter_lines()
        await anext(lines)
        with locked(stack) as release:
            seen: list[str] = []

            async def read_on() -> None:
                async for line in lines:
                    seen.append(line)

            reading = asyncio.create_task(read_on())
            await asyncio.to_thread(until, lambda: stack.arrived("openai")[0].completed)
            await asyncio.sleep(0.3)
            assert not any(finishes(line) for line in seen)
            assert DONE not in seen
            assert outcome_of(stack, request_id) is None
            release()
            await reading
    assert any(finishes(line) for line in seen)
    assert DONE in seen


@pytest.mark.parametrize("choice", ["openai-model", "anthropic-model", "private-model"])
async def test_when_the_finish_chunk_comes_its_outcome_is_in_the_database(
    stack: Stack, choice: str
) -> None:
    for _ in range(5):
        async with streaming(stack, chat(model=choice, stream=True)) as response:
            request_id = response.headers["x-ringfence-request-id"]
            async for line in response.aiter_lines():
                if finishes(line):
                    assert outcome_of(stack, request_id) == "answered"
                    break
            else:
                pytest.fail("the stream did not finish")


def test_when_an_answer_comes_its_outcome_is_in_the_database(stack: Stack) -> None:
    for text in (HARMLESS, RESTRICTED):
        answer = stack.post(CHAT, chat(text))
        assert outcome_of(stack, answer.headers["x-ringfence-request-id"]) == "answered"


def test_a_refusal_is_recorded_before_it_is_told(stack: Stack) -> None:
    images = {"type": "image_url", "image_url": {"url": "https://example.com/x.png"}}
    body = {"model": "auto", "messages": [{"role": "user", "content": [images]}]}
    answer = stack.post(CHAT, body)
    record = stack.record_of(answer)
    assert (answer.status_code, record["status"]) == (400, "refused")
    assert record["outcome"]["error_code"] == answer.json()["error"]["code"]
    assert record["outcome"]["attempts"] == []


def leave_when_it_arrived(stack: Stack, body: dict[str, Any], provider: str) -> str:
    """Asks, and hangs up once the provider has the request; returns the request's id."""
    before = {row[0] for row in stack.rows("SELECT request_id FROM decisions")}

    async def ask_and_leave() -> None:
        async with httpx2.AsyncClient(base_url=stack.url, trust_env=False, timeout=30) as client:
            headers = {"authorization": f"Bearer {stack.key}"}
            asking = asyncio.create_task(client.post(CHAT, json=body, headers=headers))
            await asyncio.to_thread(until, lambda: stack.arrived(provider))
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    asyncio.run(ask_and_leave())
    after = {row[0] for row in stack.rows("SELECT request_id FROM decisions")}
    (request_id,) = after - before
    return str(request_id)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("choice", ["openai-model", "anthropic-model", "private-model"])
def test_a_client_that_leaves_before_the_first_byte_cancels_the_work_and_is_recorded(
    stack: Stack, choice: str, stream: bool
) -> None:
    provider = choice.removesuffix("-model")
    stack.providers[provider].configure(ttft_s=30)
    request_id = leave_when_it_arrived(stack, chat(model=choice, stream=stream), provider)
    assert stack.providers[provider].wait_for_disconnect().tokens_sent == 0
    record = stack.closed_record(request_id)
    assert (record["status"], record["outcome"]["error_code"]) == (
        "cancelled",
        "client_disconnected",
    )
    assert len(stack.arrived(*stack.providers)) == 1


@pytest.mark.parametrize("choice", ["openai-model", "anthropic-model", "private-model"])
async def test_a_client_that_leaves_in_the_middle_of_a_stream_cancels_the_work_and_is_recorded(
    stack: Stack, choice: str
) -> None:
    provider = stack.providers[choice.removesuffix("-model")]
    provider.configure(itl_s=0.05, completion_tokens=1000)
    async with streaming(stack, chat(model=choice, stream=True)) as response:
        request_id = response.headers["x-ringfence-request-id"]
        lines = response.aiter_lines()
        for _ in range(6):
            await anext(lines)
    await asyncio.to_thread(provider.wait_for_disconnect)
    record = await asyncio.to_thread(stack.closed_record, request_id)
    assert record["status"] == "cancelled"
    assert len(stack.arrived(*stack.providers)) == 1


async def test_a_client_that_leaves_while_the_decision_is_written_leaves_no_open_record(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack()
    async with httpx2.AsyncClient(base_url=stack.url, trust_env=False, timeout=30) as client:
        with locked(stack) as release:
            headers = {"authorization": f"Bearer {stack.key}"}
            asking = asyncio.create_task(client.post(CHAT, json=chat(), headers=headers))
            await asyncio.sleep(0.6)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            await asyncio.sleep(0.1)
            release()
    closed = "SELECT status FROM outcomes"
    assert await asyncio.to_thread(until, lambda: stack.rows(closed)) == [("cancelled",)]
    assert stack.arrived(*stack.providers) == []


@pytest.mark.parametrize("choice", ["openai-model", "anthropic-model", "private-model"])
@pytest.mark.parametrize("fault", ["cut_stream_after_tokens", "error_in_stream_after_tokens"])
def test_a_stream_that_breaks_ends_with_an_error_and_a_partial_record(
    stack: Stack, fault: str, choice: str
) -> None:
    stack.providers[choice.removesuffix("-model")].configure(**{fault: 3})
    answer = stack.post(CHAT, chat(model=choice, stream=True))
    lines = answer.text.splitlines()
    assert answer.status_code == 200
    assert DONE not in lines
    assert not any(finishes(line) for line in lines)
    assert json.loads(lines[-2].removeprefix("data: "))["error"]["code"] == "backends_failed"
    record = stack.record_of(answer)
    assert (record["status"], record["outcome"]["error_code"]) == ("partial", "answer_cut_short")
    assert len(stack.arrived(*stack.providers)) == 1


def test_records_say_so_when_they_cannot_be_read(own_stack: Callable[..., Stack]) -> None:
    stack = own_stack()
    request_id = stack.post(CHAT, chat()).headers["x-ringfence-request-id"]
    headers = {"authorization": f"Bearer {stack.key}"}
    with closing(stack.database()) as connection:
        connection.execute("ALTER TABLE outcomes RENAME TO elsewhere")
        answer = stack.http.get(f"/v1/records/{request_id}", headers=headers)
        connection.execute("ALTER TABLE elsewhere RENAME TO outcomes")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "ledger_unavailable")
    assert stack.record(request_id)["status"] == "answered"


async def test_an_outcome_that_could_not_be_written_is_written_later_and_what_was_sent_sticks(
    own_stack: Callable[..., Stack],
) -> None:
    """The client has the text of a restricted answer; that its record came late changes nothing."""
    stack = own_stack()
    stack.providers["private"].configure(itl_s=0.01, completion_tokens=40)
    body = chat(RESTRICTED, stream=True)
    said = ""
    async with streaming(stack, body) as response:
        request_id = response.headers["x-ringfence-request-id"]
        with locked(stack) as release:
            async for line in response.aiter_lines():
                if line.startswith("data: {") and (chunk := json.loads(line[6:])).get("choices"):
                    said += chunk["choices"][0]["delta"].get("content") or ""
            release()
    assert len(said) > 100
    assert await asyncio.to_thread(until, lambda: outcome_of(stack, request_id), 15) == "answered"
    came_back = await asyncio.to_thread(stack.post, CHAT, chat(said))
    assert came_back.headers["x-ringfence-data-class"] == "restricted"
    assert stack.arrived_outside() == []
