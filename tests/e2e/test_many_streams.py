"""500 streams at the same time, and none of them lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import httpx2

from serving.simulator.process import SimulatorProcess
from tests.bodies import CHAT, chat
from tests.stack import Stack, running_stack

STREAMS = 500
TOKENS = 8


async def one_stream(client: httpx2.AsyncClient, number: int) -> tuple[str, list[str]]:
    """The request's id and the lines that came."""
    body = chat(f"Name river number {number}.", stream=True)
    async with client.stream("POST", CHAT, json=body) as response:
        assert response.status_code == 200, await response.aread()
        request_id: str = response.headers["x-ringfence-request-id"]
        return request_id, [line async for line in response.aiter_lines() if line]


async def all_streams(stack: Stack) -> list[tuple[str, list[str]]]:
    limits = httpx2.Limits(max_connections=None)
    headers = {"authorization": f"Bearer {stack.key}"}
    async with httpx2.AsyncClient(
        base_url=stack.url, trust_env=False, timeout=120, limits=limits, headers=headers
    ) as client:
        return await asyncio.gather(*(one_stream(client, number) for number in range(STREAMS)))


def test_500_concurrent_streams_are_all_answered_and_recorded(
    tmp_path: Path, providers: Mapping[str, SimulatorProcess]
) -> None:
    patience = {"attempt_timeout_s": 90, "total_timeout_s": 100}
    with running_stack(tmp_path, providers=providers, cascade=patience) as stack:
        stack.reset()
        # Long enough that all of them are under way before the first one ends.
        stack.providers["openai"].configure(ttft_s=3.0, itl_s=0.2, completion_tokens=TOKENS)
        streams = asyncio.run(asyncio.wait_for(all_streams(stack), 110))
        assert len({request_id for request_id, _ in streams}) == STREAMS
        for _, lines in streams:
            assert lines[-1] == "data: [DONE]"
            assert sum('"finish_reason": "stop"' in line for line in lines) == 1
            # A role, the tokens, the finish and the end.
            assert len(lines) == TOKENS + 3
        assert len(stack.arrived("openai")) == STREAMS
        recorded = dict(stack.rows("SELECT request_id, status FROM outcomes"))
        assert recorded == {request_id: "answered" for request_id, _ in streams}
        assert stack.rows("SELECT count(*) FROM decisions") == [(STREAMS,)]
        stack.reset()
