"""A key that is revoked while its answer streams: the answer ends, and the record says so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
import pytest

from serving.simulator.process import SimulatorProcess
from tests.bodies import CHAT, chat
from tests.stack import Stack, running_stack, until

PATIENCE_S = 30.0
ENDLESS = {"completion_tokens": 10_000}
"""An answer that ends in a test's time only if somebody ends it."""


class Streaming:
    """A client in the middle of an answer, with a key of its own."""

    def __init__(self, stack: Stack) -> None:
        self._key, self._text = stack.keys.create(team="default")
        headers = {"authorization": f"Bearer {self._text}"}
        until(lambda: stack.http.get("/v1/models", headers=headers).status_code == 200)
        self._client = httpx2.Client(base_url=stack.url, trust_env=False, timeout=30)
        self._stream = self._client.stream("POST", CHAT, headers=headers, json=chat(stream=True))
        self._answer = self._stream.__enter__()
        self.request_id: str = self._answer.headers["x-ringfence-request-id"]
        self._lines = (line for line in self._answer.iter_lines() if line)

    @property
    def key_id(self) -> str:
        return self._key.id

    def next_event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(next(self._lines).removeprefix("data: "))
        return event

    def rest(self) -> list[str]:
        """Every line to the end of the stream, which must come."""
        return list(self._lines)

    def close(self) -> None:
        self._stream.__exit__(None, None, None)
        self._client.close()


@pytest.fixture(scope="module")
def patient_stack(
    tmp_path_factory: pytest.TempPathFactory, providers: Mapping[str, SimulatorProcess]
) -> Iterator[Stack]:
    """One whose own deadlines end no answer before a revocation does."""
    patience = {"attempt_timeout_s": 600, "total_timeout_s": 900}
    directory = tmp_path_factory.mktemp("revocation")
    with running_stack(directory, providers=providers, cascade=patience) as stack:
        yield stack


@pytest.fixture
def stack(patient_stack: Stack) -> Iterator[Stack]:
    patient_stack.reset()
    yield patient_stack
    patient_stack.reset()


@pytest.fixture
def streaming(stack: Stack) -> Iterator[Streaming]:
    stack.providers["openai"].configure(**ENDLESS, itl_s=0.05)
    client = Streaming(stack)
    yield client
    client.close()


def test_the_stream_of_a_revoked_key_ends_with_an_error_and_a_partial_record(
    stack: Stack, streaming: Streaming
) -> None:
    assert "choices" in streaming.next_event()
    assert stack.keys.revoke(streaming.key_id)
    lines = streaming.rest()
    assert "[DONE]" not in lines[-1]
    error = json.loads(lines[-1].removeprefix("data: "))["error"]
    assert (error["type"], error["code"]) == ("authentication_error", "key_revoked")
    outcome = stack.closed_record(streaming.request_id)["outcome"]
    assert outcome["status"] == "partial"
    assert (outcome["http_status"], outcome["error_code"]) == (200, "key_revoked")
    stack.providers["openai"].wait_for_disconnect(PATIENCE_S)


def test_it_ends_even_while_the_model_says_nothing(stack: Stack) -> None:
    stack.providers["openai"].configure(**ENDLESS, itl_s=600)
    client = Streaming(stack)
    client.next_event()
    assert stack.keys.revoke(client.key_id)
    assert "key_revoked" in client.rest()[-1]
    assert stack.closed_record(client.request_id)["status"] == "partial"
    stack.providers["openai"].wait_for_disconnect(PATIENCE_S)
    client.close()


def test_other_keys_go_on(stack: Stack, streaming: Streaming) -> None:
    other = Streaming(stack)
    assert stack.keys.revoke(streaming.key_id)
    assert "key_revoked" in streaming.rest()[-1]
    for _ in range(3):
        assert "choices" in other.next_event()
    other.close()


def test_a_rotated_key_streams_on_and_its_successor_is_let_in(
    stack: Stack, streaming: Streaming
) -> None:
    old, new, text = stack.keys.rotate(streaming.key_id, overlap_s=0)
    assert (old.successor, new.predecessor) == (new.id, old.id)
    headers = {"authorization": f"Bearer {text}"}
    until(lambda: stack.http.get("/v1/models", headers=headers).status_code == 200)
    for _ in range(3):
        assert "choices" in streaming.next_event()


def test_a_key_that_is_revoked_while_its_body_comes_in_sends_nothing_on(stack: Stack) -> None:
    key, text = stack.keys.create(team="default")
    headers = {"authorization": f"Bearer {text}"}
    until(lambda: stack.http.get("/v1/models", headers=headers).status_code == 200)

    def slowly() -> Iterator[bytes]:
        body = json.dumps(chat()).encode()
        yield body[:10]
        assert stack.keys.revoke(key.id)
        until(lambda: stack.http.get("/v1/models", headers=headers).status_code == 401)
        yield body[10:]

    answer = stack.http.post(CHAT, content=slowly(), headers=headers)
    assert answer.status_code == 401
    assert stack.arrived(*stack.providers) == []
