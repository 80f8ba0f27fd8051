"""A model that is drained while people use it: nobody new comes, and nobody stays for too long."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping

import pytest

from router.load.drains import Drain, DrainState, drain, end_drain, state_of
from router.store.database import connect
from serving.simulator.process import SimulatorProcess
from tests.bodies import CHAT, chat
from tests.stack import Stack, running_stack, until

MODEL = "openai-model@1"
ENDLESS = {"completion_tokens": 10_000}
"""An answer that ends in a test's time only if somebody ends it."""


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, providers: Mapping[str, SimulatorProcess]
) -> Iterator[Stack]:
    patience = {"attempt_timeout_s": 600, "total_timeout_s": 900}
    with running_stack(
        tmp_path_factory.mktemp("drain"), providers=providers, cascade=patience
    ) as stack:
        stack.reset()
        yield stack
        stack.reset()


def test_a_stream_goes_on_until_the_deadline_and_is_cut_with_an_error_and_a_record(
    stack: Stack,
) -> None:
    stack.providers["openai"].configure(**ENDLESS, itl_s=0.02)
    engine = connect(stack.database_url)
    headers = {"authorization": f"Bearer {stack.key}"}
    wanted: Drain | None = None

    def state() -> DrainState:
        assert wanted is not None
        with engine.connect() as connection:
            return state_of(connection, wanted, time.time())

    def asked(deadline_s: float) -> Drain:
        now_s = time.time()
        drained = Drain(MODEL, now_s, now_s + deadline_s, "somebody", "a drill")
        with engine.begin() as connection:
            drain(connection, drained)
        return drained

    body = chat(stream=True)
    with stack.http.stream("POST", CHAT, headers=headers, json=body) as answer:
        assert answer.headers["x-ringfence-model"] == "openai-model"
        request_id = answer.headers["x-ringfence-request-id"]
        lines = (line for line in answer.iter_lines() if line)
        next(lines)
        wanted = asked(3_600.0)
        until(lambda: state().heard)
        assert state().presence.running == 1
        for _ in range(10):
            assert "choices" in json.loads(next(lines).removeprefix("data: "))

        # Whoever comes now is answered by another model that may see it, or is told to come later.
        other = stack.post(CHAT, chat())
        assert other.headers.get("x-ringfence-model") != "openai-model"

        wanted = asked(0.0)
        rest = [json.loads(line.removeprefix("data: ")) for line in lines if "[DONE]" not in line]
    assert "error" in rest[-1]
    until(lambda: state().is_over)
    assert state().presence.cut == 1
    assert stack.closed_record(request_id)["outcome"]["status"] == "partial"

    with engine.begin() as connection:
        end_drain(connection, MODEL)
    stack.providers["openai"].configure()

    def answers() -> bool:
        found = stack.post(CHAT, chat())
        return found.headers.get("x-ringfence-model") == "openai-model"

    until(answers)
    engine.dispose()
