"""The engine's answers made into OpenAI's, and its errors into ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from router.errors import (
    BackendBroken,
    BackendFailure,
    BackendOverloaded,
    BackendRejected,
    BackendTimeout,
)
from serving.engine_answer import answers_until, events_of, refusal, tidy


async def _outputs(*outputs: Any, wait_s: float = 0.0) -> AsyncIterator[Any]:
    for output in outputs:
        await asyncio.sleep(wait_s)
        yield output


async def _all(outputs: AsyncIterator[Any], timeout_s: float = 5.0) -> list[Any]:
    return [answer async for answer in answers_until(timeout_s, outputs)]


async def test_events_are_taken_apart_up_to_done() -> None:
    outputs = _outputs('data: {"id": 1}\n\n', 'data: {"id": 2}\n\ndata: [DONE]\n\n')
    assert await _all(outputs) == [{"id": 1}, {"id": 2}]


async def test_objects_pass_as_they_are() -> None:
    assert await _all(_outputs({"id": 1})) == [{"id": 1}]


async def test_the_deadline_is_the_engines() -> None:
    with pytest.raises(BackendTimeout, match=r"longer than 0\.05 s"):
        await _all(_outputs({}, {}, wait_s=1.0), timeout_s=0.05)


async def test_an_engine_that_swallows_its_cancellation_has_timed_out_all_the_same() -> None:
    async def swallowing() -> AsyncIterator[Any]:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            yield {"error": "client disconnected"}

    with pytest.raises(BackendTimeout):
        await _all(swallowing(), timeout_s=0.05)


async def test_a_slow_consumer_is_not_cut_off_in_its_own_code() -> None:
    async for _ in answers_until(0.05, _outputs({})):
        await asyncio.sleep(0.1)


def test_an_error_in_the_stream_is_raised() -> None:
    with pytest.raises(BackendBroken):
        events_of('data: {"error": {"code": 500, "type": "InternalServerError"}}\n\n')


def test_an_event_that_is_not_json_is_a_broken_engine() -> None:
    with pytest.raises(BackendBroken):
        events_of("data: {\n\n")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (400, BackendRejected),
        ("404", BackendRejected),
        (429, BackendOverloaded),
        (503, BackendOverloaded),
        (500, BackendBroken),
        (None, BackendBroken),
    ],
)
def test_errors_are_typed(code: Any, kind: type[BackendFailure]) -> None:
    assert type(refusal(code, "BadRequestError")) is kind


def test_an_error_quotes_nothing_that_is_not_a_name() -> None:
    assert "secret words" not in str(refusal(400, "secret words"))


def test_what_openai_does_not_have_is_left_out() -> None:
    answer = {
        "id": "1",
        "prompt_token_ids": [1],
        "usage": None,
        "choices": [
            {
                "index": 0,
                "token_ids": [1],
                "message": {"role": "assistant", "content": "a", "tool_calls": []},
            }
        ],
    }
    message = {"role": "assistant", "content": "a"}
    assert tidy(answer) == {"id": "1", "choices": [{"index": 0, "message": message}]}


def test_tool_calls_stay() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    answer = {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}
    assert tidy(answer) == answer
