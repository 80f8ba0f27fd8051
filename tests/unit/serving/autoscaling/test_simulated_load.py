"""A simulated engine reports its load as a real one does."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import Any

from router.domain import Endpoint
from router.protocols import Dispatch
from router.registry.deployment import Autoscaling, Targets
from serving.autoscaling.serve_policy import told as told_of
from serving.simulated_engine import SETTINGS, SimulatedEngine

HOURS_S = 10_000.0


def engine(**settings: Any) -> SimulatedEngine:
    return SimulatedEngine({"name": "own@1", "env": {SETTINGS: json.dumps(settings)}})


def dispatch(number: int = 0, *, stream: bool = True) -> Dispatch:
    body = {"model": "own", "messages": [{"role": "user", "content": "hello"}], "stream": stream}
    return Dispatch(
        request_id=str(number),
        attempt=1,
        model="own@1",
        endpoint=Endpoint.CHAT,
        path="/v1/chat/completions",
        body=json.dumps(body).encode(),
        stream=stream,
        timeout_s=60,
    )


async def test_an_idle_engine_is_empty_and_knows_no_time_to_a_first_token() -> None:
    assert engine().record_autoscaling_stats() == {"kv_use": 0.0, "waiting_requests": 0}


async def test_with_its_load_it_reports_the_targets_that_it_was_told() -> None:
    told = engine()
    rule = Autoscaling(Targets(target_kv_use=0.5, ttft_objective_s=2), 0, 0)
    told.reconfigure(told_of(rule))
    report = told.record_autoscaling_stats()
    assert (report["target_kv_use"], report["ttft_objective_s"]) == (0.5, 2)
    assert "target_ongoing_requests" not in report


async def test_requests_fill_the_cache_and_then_wait() -> None:
    busy = engine(ttft_s=HOURS_S, kv_cache_requests=4)
    requests = [asyncio.create_task(anext(busy.attempt(dispatch(n)))) for n in range(3)]
    await asyncio.sleep(0)
    assert busy.record_autoscaling_stats() == {"kv_use": 0.75, "waiting_requests": 0}
    requests += [asyncio.create_task(anext(busy.attempt(dispatch(n)))) for n in range(3, 6)]
    await asyncio.sleep(0)
    assert busy.record_autoscaling_stats() == {"kv_use": 1.0, "waiting_requests": 2}
    for request in requests:
        request.cancel()
    await asyncio.gather(*requests, return_exceptions=True)
    assert busy.record_autoscaling_stats() == {"kv_use": 0.0, "waiting_requests": 0}


async def test_a_whole_answer_has_a_time_to_its_first_token_as_a_stream_has() -> None:
    for stream in (True, False):
        asked = engine(ttft_s=0.01, completion_tokens=2)
        async with aclosing(asked.attempt(dispatch(stream=stream))) as answers:
            async for _ in answers:
                pass
        found = asked.record_autoscaling_stats()
        # No machine is too slow for a lower bound.
        assert found["ttft_p95_s"] >= 0.01
        assert found["kv_use"] == 0


async def test_a_request_that_leaves_while_it_waits_takes_no_room() -> None:
    busy = engine(ttft_s=HOURS_S, kv_cache_requests=1)
    first, second = (asyncio.create_task(anext(busy.attempt(dispatch(n)))) for n in range(2))
    await asyncio.sleep(0)
    for leaves, use in ((second, 1.0), (first, 0.0)):
        leaves.cancel()
        await asyncio.gather(leaves, return_exceptions=True)
        assert busy.record_autoscaling_stats() == {"kv_use": use, "waiting_requests": 0}
