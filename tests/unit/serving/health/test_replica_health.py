"""A replica is as healthy as its engine and the GPUs under it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from hardware.gpu_health import FaultSource, GPUFaults, RecordedFaults
from serving.health.gpu_watch import GPUCordoned, GPUWatch
from serving.health.replica import ReplicaHealth
from serving.health.vllm_engine import VllmEngine


class Client:
    """What of vLLM's AsyncLLM the watchdog asks."""

    def __init__(self, runner_type: str = "generate") -> None:
        self.model_config = SimpleNamespace(max_model_len=2048, runner_type=runner_type)
        self.output_processor = SimpleNamespace(request_states={})
        self.asked = asyncio.Event()

    async def is_sleeping(self) -> bool:
        self.asked.set()
        return False


def watching(*faults: GPUFaults) -> GPUWatch:
    @contextmanager
    def source() -> Iterator[FaultSource]:
        yield RecordedFaults([faults])

    return GPUWatch(source)


async def test_tokens_are_counted_where_the_engine_puts_answers_together() -> None:
    client = Client()
    engine = VllmEngine(client)
    assert engine.tokens_in_flight() == 0
    client.output_processor.request_states["a"] = SimpleNamespace(
        detokenizer=SimpleNamespace(num_output_tokens=lambda: 7)
    )
    client.output_processor.request_states["b"] = SimpleNamespace(detokenizer=None)
    assert engine.tokens_in_flight() == 7


async def test_a_model_without_tokens_is_asked_whether_its_loop_answers() -> None:
    client = Client("pooling")
    await VllmEngine(client).generate_one()
    assert client.asked.is_set()


async def test_an_engine_that_shows_no_tokens_does_not_start_unwatched() -> None:
    client: Any = Client()
    client.output_processor = SimpleNamespace()
    with pytest.raises(AttributeError):
        ReplicaHealth("cpu", {}).watch(client)


async def test_a_replica_watches_from_when_its_engine_has_started() -> None:
    health, client = ReplicaHealth("cpu", {}), Client()
    health.before_loading()
    health.check()
    health.watch(client)
    async with asyncio.timeout(30):
        await client.asked.wait()
    with health.request():
        health.output()
    health.check()
    await _ended()


async def test_no_engine_is_loaded_on_a_gpu_whose_driver_counts_errors() -> None:
    gpus = watching(GPUFaults(0, "a", 0), GPUFaults(1, "b", uncorrected_ecc=1))
    ReplicaHealth("cuda", {"CUDA_VISIBLE_DEVICES": "0"}, gpus).before_loading()
    with pytest.raises(GPUCordoned, match="GPU 1"):
        ReplicaHealth("cuda", {"CUDA_VISIBLE_DEVICES": "1"}, gpus).before_loading()


async def test_a_replica_on_a_cordoned_gpu_says_so_and_its_neighbour_serves_on() -> None:
    gpus = watching(GPUFaults(0, "a", 0), GPUFaults(1, None, is_lost=True))
    here = ReplicaHealth("cuda", {"CUDA_VISIBLE_DEVICES": "1"}, gpus)
    there = ReplicaHealth("cuda", {"CUDA_VISIBLE_DEVICES": "0"}, gpus)
    gpus.look_once()
    there.check()
    with pytest.raises(GPUCordoned, match="the driver has lost it"):
        here.check()


def test_a_replica_without_gpus_asks_no_driver() -> None:
    @contextmanager
    def asked() -> Iterator[FaultSource]:
        raise AssertionError("the driver was asked")
        yield

    ReplicaHealth("cpu", {"CUDA_VISIBLE_DEVICES": "0"}, GPUWatch(asked)).before_loading()


async def _ended() -> None:
    """Ends the tasks that live as long as the replica."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
