"""What every `Backend` promises, whatever answers behind it.

A test module subclasses the suites and brings a fixture `case`. `BackendContract` is for all of
them, real engines included; `ProviderFaultContract` for those whose provider can be told to fail.
"""

from __future__ import annotations

import asyncio
import pickle
from contextlib import aclosing
from typing import Any, Protocol

import pytest

from router.domain import JsonObject
from router.errors import (
    BackendBroken,
    BackendFailure,
    BackendOverloaded,
    BackendRejected,
    BackendTimeout,
    BackendUnauthorized,
    BackendUnreachable,
)
from router.protocols import Backend, Dispatch

SOON_S = 2.0
"""Time enough for a request to arrive, on any machine."""


class BackendCase(Protocol):
    """A backend, and questions that it can be asked."""

    backend: Backend

    def dispatch(self, *, stream: bool, timeout_s: float = 60.0, **fields: Any) -> Dispatch:
        """One attempt at a chat completion; `fields` are put into the request's body."""
        ...

    def slow(self) -> None:
        """From now on answers take long: at least a second, and many tokens."""
        ...

    async def cancelled(self) -> None:
        """Returns once the engine has seen that its work is not wanted any more."""
        ...


async def collect(backend: Backend, dispatch: Dispatch) -> list[Any]:
    return [item async for item in backend.attempt(dispatch)]


def text_of(chunks: list[Any]) -> str:
    return "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"])


class BackendContract:
    async def test_whole_answer_is_one_completion_with_usage(self, case: BackendCase) -> None:
        (answer,) = await collect(case.backend, case.dispatch(stream=False))
        assert answer["object"] == "chat.completion"
        assert answer["choices"][0]["message"]["role"] == "assistant"
        assert answer["choices"][0]["message"]["content"]
        assert answer["choices"][0]["finish_reason"] in ("stop", "length")
        usage = answer["usage"]
        assert usage["prompt_tokens"] > 0
        assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]

    async def test_stream_is_role_then_content_then_finish_then_usage(
        self, case: BackendCase
    ) -> None:
        chunks = await collect(case.backend, case.dispatch(stream=True))
        assert all(chunk["object"] == "chat.completion.chunk" for chunk in chunks)
        assert len({chunk["id"] for chunk in chunks}) == 1
        assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
        assert text_of(chunks)
        *rest, last = chunks
        assert last["choices"] == []
        assert last["usage"]["completion_tokens"] > 0
        finishes = [c["choices"][0]["finish_reason"] for c in rest if c["choices"]]
        assert finishes[-1] in ("stop", "length")
        assert set(finishes[:-1]) <= {None}

    async def test_max_tokens_ends_an_answer_with_length(self, case: BackendCase) -> None:
        (answer,) = await collect(case.backend, case.dispatch(stream=False, max_tokens=2))
        assert answer["choices"][0]["finish_reason"] == "length"
        assert answer["usage"]["completion_tokens"] == 2

    async def test_attempts_at_the_same_time_do_not_mix(self, case: BackendCase) -> None:
        dispatches = [case.dispatch(stream=True) for _ in range(8)]
        answers = await asyncio.gather(*(collect(case.backend, d) for d in dispatches))
        assert len({chunks[0]["id"] for chunks in answers}) == 8

    @pytest.mark.parametrize("stream", [False, True])
    async def test_the_deadline_is_over_the_whole_attempt(
        self, case: BackendCase, stream: bool
    ) -> None:
        case.slow()
        started_s = asyncio.get_running_loop().time()
        with pytest.raises(BackendTimeout):
            await collect(case.backend, case.dispatch(stream=stream, timeout_s=0.5))
        assert asyncio.get_running_loop().time() - started_s < 5

    async def test_closing_the_iterator_cancels_the_work(self, case: BackendCase) -> None:
        case.slow()
        async with aclosing(case.backend.attempt(case.dispatch(stream=True))) as chunks:  # type: ignore[type-var]
            assert await anext(chunks)
        await case.cancelled()

    @pytest.mark.parametrize("stream", [False, True])
    async def test_cancelling_the_task_cancels_the_work(
        self, case: BackendCase, stream: bool
    ) -> None:
        case.slow()
        task = asyncio.ensure_future(collect(case.backend, case.dispatch(stream=stream)))
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await case.cancelled()


class FaultCase(BackendCase, Protocol):
    def fail(self, **changes: Any) -> None:
        """Changes the simulated provider's configuration."""
        ...

    def arrivals(self) -> int:
        """How many requests the provider has seen."""
        ...

    async def stop(self) -> None:
        """Takes the provider away."""
        ...


STATUSES = [
    (400, BackendRejected),
    (401, BackendUnauthorized),
    (403, BackendUnauthorized),
    (404, BackendRejected),
    (408, BackendRejected),
    (409, BackendRejected),
    (413, BackendRejected),
    (422, BackendRejected),
    (429, BackendOverloaded),
    (500, BackendBroken),
    (502, BackendBroken),
    (503, BackendOverloaded),
    (529, BackendOverloaded),
]

SECRET = "the patient is called Grimhilde"


class ProviderFaultContract:
    @pytest.mark.parametrize(("status", "outcome"), STATUSES)
    async def test_a_status_is_one_outcome_after_one_attempt(
        self, case: FaultCase, status: int, outcome: type[BackendFailure]
    ) -> None:
        case.fail(error_rate=1, error_status=status, retry_after_s=7)
        failure = await failure_of(case, stream=status % 2 == 0)
        assert type(failure) is outcome
        assert case.arrivals() == 1
        if outcome is BackendOverloaded:
            assert failure.retry_after_s == 7

    async def test_a_failure_quotes_nothing_and_survives_pickling(self, case: FaultCase) -> None:
        case.fail(error_rate=1, error_status=400)
        failure = await failure_of(case, stream=False, content=SECRET)
        assert "400" in str(failure)
        assert failure.__cause__ is None
        assert failure.__context__ is None
        assert SECRET not in repr(pickle.dumps(failure))
        assert str(pickle.loads(pickle.dumps(failure))) == str(failure)

    @pytest.mark.parametrize("stream", [False, True])
    async def test_a_redirect_is_not_followed(self, case: FaultCase, stream: bool) -> None:
        case.fail(redirect_to="/v1/chat/completions")
        assert type(await failure_of(case, stream=stream)) is BackendBroken
        assert case.arrivals() == 1

    async def test_nothing_listening_is_unreachable(self, case: FaultCase) -> None:
        await case.stop()
        assert type(await failure_of(case, stream=False)) is BackendUnreachable

    async def test_a_connection_closed_without_an_answer_is_unreachable(
        self, case: FaultCase
    ) -> None:
        case.fail(outage="closed")
        assert type(await failure_of(case, stream=False)) is BackendUnreachable
        assert case.arrivals() == 1

    @pytest.mark.parametrize("stream", [False, True])
    async def test_no_answer_at_all_is_a_timeout(self, case: FaultCase, stream: bool) -> None:
        case.fail(stall=True)
        failure = await failure_of(case, stream=stream, timeout_s=SOON_S)
        assert type(failure) is BackendTimeout
        await case.cancelled()

    async def test_a_cut_stream_is_broken_after_what_had_come(self, case: FaultCase) -> None:
        case.fail(cut_stream_after_tokens=3)
        chunks, failure = await stream_until_failure(case)
        assert type(failure) is BackendBroken
        assert len(text_of(chunks).split()) == 3

    async def test_an_error_within_a_stream_is_broken(self, case: FaultCase) -> None:
        case.fail(error_in_stream_after_tokens=2)
        chunks, failure = await stream_until_failure(case)
        assert type(failure) is BackendBroken
        assert len(text_of(chunks).split()) == 2

    async def test_a_stream_that_stops_coming_meets_the_deadline(self, case: FaultCase) -> None:
        case.fail(stall_stream_after_tokens=1)
        chunks, failure = await stream_until_failure(case, timeout_s=SOON_S)
        assert type(failure) is BackendTimeout
        assert len(text_of(chunks).split()) == 1
        await case.cancelled()

    async def test_tool_calls_whole_and_streamed_are_the_same(self, case: FaultCase) -> None:
        properties: JsonObject = {"city": {"type": "string", "minLength": 3}}
        parameters: JsonObject = {
            "type": "object",
            "properties": properties,
            "required": ["city"],
        }
        fields: dict[str, Any] = {
            "tools": [{"type": "function", "function": {"name": "sun", "parameters": parameters}}],
            "tool_choice": "required",
        }
        (answer,) = await collect(case.backend, case.dispatch(stream=False, **fields))
        call = answer["choices"][0]["message"]["tool_calls"][0]["function"]
        chunks = await collect(case.backend, case.dispatch(stream=True, **fields))
        deltas = [c["choices"][0] for c in chunks if c["choices"]]
        parts = [part for d in deltas for part in d["delta"].get("tool_calls", [])]
        assert parts[0]["function"]["name"] == call["name"] == "sun"
        assert parts[0]["id"]
        assert {part["index"] for part in parts} == {0}
        arguments = "".join(part["function"]["arguments"] for part in parts)
        assert arguments == call["arguments"] == '{"city": "xxx"}'
        assert deltas[-1]["finish_reason"] == "tool_calls"
        assert answer["choices"][0]["finish_reason"] == "tool_calls"


async def failure_of(case: FaultCase, *, stream: bool, **options: Any) -> BackendFailure:
    with pytest.raises(BackendFailure) as caught:
        await collect(case.backend, case.dispatch(stream=stream, **options))
    return caught.value


async def stream_until_failure(case: FaultCase, **options: Any) -> tuple[list[Any], BackendFailure]:
    chunks: list[Any] = []

    async def read() -> None:
        async for chunk in case.backend.attempt(case.dispatch(stream=True, **options)):
            chunks.append(chunk)

    with pytest.raises(BackendFailure) as caught:
        await read()
    return chunks, caught.value
