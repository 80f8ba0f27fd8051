"""The overhead benchmark's requests, against a simulator on a real socket."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from benchmarks.overhead.client import Client, NotAnswered, Target
from benchmarks.overhead.measure import Doors, asked, measure
from benchmarks.overhead.record import Engine
from benchmarks.overhead.steps import spent
from benchmarks.overhead.workload import CONVERSATIONS, Case, workload
from router.telemetry.steps import Step
from serving.simulator.config import SimulatorConfig
from serving.simulator.process import SimulatorProcess

QUESTION = ({"role": "user", "content": "Name three rivers of Europe."},)
PAUSE_S = 0.05


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(SimulatorConfig(record=True)) as running:
        yield running


def target(simulator: SimulatorProcess, key: str, **changes: Any) -> Target:
    simulator.configure(**({"completion_tokens": 64} | changes))
    simulator.clear()
    return Target(key, simulator.origin, "a-model", key)


def chunk(delta: dict[str, str]) -> bytes:
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': delta}]})}\n\n".encode()


class BeginsBeforeItSpeaks(BaseHTTPRequestHandler):
    """Says at once that an answer begins, and its text a while later."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(chunk({"role": "assistant", "content": ""}))
        time.sleep(PAUSE_S)
        self.wfile.write(chunk({"content": "The"}))
        time.sleep(PAUSE_S)
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_the_first_text_counts_and_not_the_chunk_that_only_begins() -> None:
    with HTTPServer(("127.0.0.1", 0), BeginsBeforeItSpeaks) as server:
        serving = threading.Thread(target=server.handle_request)
        serving.start()
        aimed = Target("bare", f"http://127.0.0.1:{server.server_port}", "a-model")
        with Client(aimed) as client:
            timing = client.ask(QUESTION)
        serving.join()
    assert timing.ttft_s >= PAUSE_S
    assert timing.e2e_s >= 2 * PAUSE_S


@pytest.mark.parametrize(
    "fault",
    [
        {"error_rate": 1.0, "error_status": 503},
        {"cut_stream_after_tokens": 3},
        {"completion_tokens": 0},
        {"outage": "closed"},
    ],
    ids=["refused", "cut", "empty", "closed"],
)
def test_an_answer_that_is_not_whole_ends_the_run(
    simulator: SimulatorProcess, fault: dict[str, Any]
) -> None:
    with (
        Client(target(simulator, "bare", **fault)) as client,
        pytest.raises(NotAnswered) as refused,
    ):
        client.ask(QUESTION)
    assert QUESTION[0]["content"] not in str(refused.value)


def test_of_each_pair_another_door_is_first(simulator: SimulatorProcess) -> None:
    aimed = target(simulator, "bare"), target(simulator, "gateway")
    with Client(aimed[0]) as bare, Client(aimed[1]) as gateway:
        pairs = [*asked((QUESTION,) * 4, bare, gateway)]
    assert len(pairs) == 4
    doors = [each.headers["authorization"].removeprefix("Bearer ") for each in simulator.requests()]
    assert doors == ["bare", "gateway", "gateway", "bare"] * 2


def test_a_run_times_every_case_and_sends_what_is_seen_to_the_gateway_alone(
    simulator: SimulatorProcess,
) -> None:
    bare, gateway = target(simulator, "bare"), target(simulator, "gateway")
    family = 'ringfence_step_duration_seconds_{what}{{step="classify"}} {value}\n'
    pages = iter(
        family.format(what="count", value=number) + family.format(what="sum", value=number / 100)
        for number in range(0, 60, 10)
    )
    doors = Doors(bare, gateway, Engine(ttft_s=0, itl_s=0), "sha256:1", lambda: next(pages), dict)
    cases: list[str] = []
    record = measure(doors, 3, 1, 1, cases.append)
    assert [each.case for each in record.compared] == list(Case)
    assert cases == ["seen: 3 pairs", "all_seen: 3 pairs", "unseen: 3 pairs"]
    keys = [each.headers["authorization"] for each in simulator.requests()]
    assert keys.count("Bearer bare") == len(Case) * (1 + 3)
    assert keys.count("Bearer gateway") == len(Case) * (1 + 3) + 2 * CONVERSATIONS
    seen = record.of(Case.SEEN)
    assert seen.workload_digest == workload(Case.SEEN, 3, 1, 1).digest
    assert (seen.n, len(seen.bare.ttfts_ms), len(seen.gateway.e2es_ms)) == (3, 3, 3)
    (classify,) = (step for step in seen.steps if step.step == Step.CLASSIFY)
    assert (classify.n, classify.mean_ms) == (10, 10)
    assert not record.is_whole


def test_a_step_that_no_page_speaks_of_took_nothing() -> None:
    assert spent("# HELP nothing\n")[Step.DECIDE].mean_ms == 0
