"""I10: an adapter makes one attempt; trying again, falling back and giving up is the cascade's."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.bodies import CHAT, HARMLESS, chat
from tests.stack import Stack, until

OUTSIDE = "openai-model@1"


def attempts_of(stack: Stack, answer: Any) -> list[tuple[str, str]]:
    record = stack.record_of(answer)
    return [(a["model"], a["outcome"]) for a in record["outcome"]["attempts"]]


def test_the_sdks_are_told_to_try_nothing_twice(stack: Stack) -> None:
    for backend in stack.backends.values():
        client = backend._client  # type: ignore[attr-defined]
        assert client.max_retries == 0
        assert client._client.follow_redirects is False
        assert client._client.trust_env is False


OUTCOMES: dict[str, tuple[dict[str, Any], str, int]] = {
    "500": ({"error_rate": 1.0, "error_status": 500}, "BackendBroken", 3),
    "503": ({"outage": "unavailable"}, "BackendOverloaded", 3),
    "429": ({"error_rate": 1.0, "error_status": 429}, "BackendOverloaded", 3),
    "closed": ({"outage": "closed"}, "BackendUnreachable", 3),
    "400": ({"error_rate": 1.0, "error_status": 400}, "BackendRejected", 1),
    "401": ({"error_rate": 1.0, "error_status": 401}, "BackendUnauthorized", 1),
    "stall": ({"stall": True}, "BackendTimeout", 1),
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", OUTCOMES)
def test_each_failure_is_retried_as_often_as_its_kind_allows_and_then_falls_back(
    own_stack: Callable[..., Stack], fault: str, stream: bool
) -> None:
    changes, outcome, attempts = OUTCOMES[fault]
    stack = own_stack(
        cascade={
            "attempts_per_model": 3,
            "attempt_timeout_s": 1 if fault == "stall" else 5,
            "breaker": {"failures_to_open": 100, "open_s": 60},
        }
    )
    stack.providers["openai"].configure(**changes)
    answer = stack.post(CHAT, chat(HARMLESS, "auto", stream=stream))
    assert answer.status_code == 200
    assert answer.headers["x-ringfence-fallbacks"] == OUTSIDE
    assert answer.headers["x-ringfence-model"] == "fast-model"
    assert attempts_of(stack, answer) == [(OUTSIDE, outcome)] * attempts + [
        ("fast-model@1", "answered")
    ]
    assert len(stack.arrived("openai")) == attempts
    assert len(stack.arrived("fast")) == 1


def test_a_request_that_every_model_rejects_is_the_clients_error(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack()
    for provider in stack.providers.values():
        provider.configure(error_rate=1.0, error_status=400)
    answer = stack.post(CHAT, chat())
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")
    assert [len(stack.arrived(name)) for name in ("openai", "fast", "private")] == [1, 1, 1]


def test_models_that_all_answer_with_errors_of_their_own_are_a_bad_gateway(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack(cascade={"attempts_per_model": 1})
    for provider in stack.providers.values():
        provider.configure(error_rate=1.0, error_status=500)
    answer = stack.post(CHAT, chat())
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "backends_failed")
    assert int(answer.headers["retry-after"]) >= 1


def test_a_wait_that_the_provider_asks_for_is_kept(own_stack: Callable[..., Stack]) -> None:
    stack = own_stack(cascade={"attempts_per_model": 2, "backoff_max_s": 1.0})
    stack.providers["openai"].configure(error_rate=1.0, error_status=429, retry_after_s=0.5)
    started_s = time.monotonic()
    answer = stack.post(CHAT, chat())
    assert time.monotonic() - started_s >= 0.5
    assert len(stack.arrived("openai")) == 2
    assert answer.headers["x-ringfence-model"] == "fast-model"


def test_a_longer_wait_than_the_policy_has_patience_for_is_not_waited(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack(cascade={"attempts_per_model": 3, "backoff_max_s": 1.0})
    stack.providers["openai"].configure(error_rate=1.0, error_status=429, retry_after_s=20)
    started_s = time.monotonic()
    answer = stack.post(CHAT, chat())
    assert time.monotonic() - started_s < 5
    assert len(stack.arrived("openai")) == 1
    assert answer.headers["x-ringfence-model"] == "fast-model"


def test_the_time_for_all_attempts_together_is_kept(own_stack: Callable[..., Stack]) -> None:
    stack = own_stack(
        cascade={"attempts_per_model": 1, "attempt_timeout_s": 2.0, "total_timeout_s": 3.0}
    )
    for provider in stack.providers.values():
        provider.configure(stall=True)
    answer = stack.post(CHAT, chat(HARMLESS, "balanced"))
    assert answer.status_code == 503
    first, second = stack.record_of(answer)["outcome"]["attempts"]
    assert second["latency_s"] < 2.0 <= first["latency_s"]


@pytest.mark.parametrize("choice", ["openai-model", "anthropic-model", "fast-model"])
@pytest.mark.parametrize(
    "changes",
    [
        {"cut_stream_after_tokens": 4},
        {"error_in_stream_after_tokens": 4},
        {"stall_stream_after_tokens": 4},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_after_the_first_byte_nothing_is_tried_again(
    own_stack: Callable[..., Stack], choice: str, changes: dict[str, Any]
) -> None:
    stalls = "stall_stream_after_tokens" in changes
    stack = own_stack(cascade={"attempts_per_model": 3, "attempt_timeout_s": 1 if stalls else 5})
    stack.providers[choice.removesuffix("-model")].configure(**changes)
    answer = stack.post(CHAT, chat(HARMLESS, choice, stream=True))
    events = [line for line in answer.text.splitlines() if line]
    assert answer.status_code == 200
    assert json.loads(events[-1].removeprefix("data: "))["error"]["type"] == "server_error"
    assert "[DONE]" not in answer.text
    record = stack.record_of(answer)
    assert record["status"] == "partial"
    assert len(record["outcome"]["attempts"]) == 1
    assert len(stack.arrived(*stack.providers)) == 1


def test_a_breaker_opens_after_failures_in_a_row_and_nothing_is_sent_there(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack(
        cascade={"attempts_per_model": 1, "breaker": {"failures_to_open": 3, "open_s": 60}}
    )
    openai = stack.providers["openai"]
    openai.configure(error_rate=1.0, error_status=500)
    for _ in range(2):
        stack.post(CHAT, chat())
    openai.configure()
    stack.post(CHAT, chat())  # one success, and counting starts anew
    openai.configure(error_rate=1.0, error_status=500)
    for _ in range(2):
        stack.post(CHAT, chat())
    assert len(stack.arrived("openai")) == 5
    for expected in (6, 6, 6):
        answer = stack.post(CHAT, chat())
        assert answer.headers["x-ringfence-model"] == "fast-model"
        assert len(stack.arrived("openai")) == expected
    assert attempts_of(stack, answer)[0] == (OUTSIDE, "breaker_open")


@pytest.mark.parametrize("status", [400, 429, 503])
def test_a_busy_backend_or_a_bad_request_opens_no_breaker(
    own_stack: Callable[..., Stack], status: int
) -> None:
    stack = own_stack(
        cascade={"attempts_per_model": 1, "breaker": {"failures_to_open": 1, "open_s": 60}}
    )
    stack.providers["openai"].configure(error_rate=1.0, error_status=status)
    for _ in range(3):
        stack.post(CHAT, chat())
    stack.providers["openai"].configure()
    assert stack.post(CHAT, chat()).headers["x-ringfence-model"] == "openai-model"


def test_a_half_open_breaker_lets_exactly_one_probe_through(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack(
        cascade={"attempts_per_model": 1, "breaker": {"failures_to_open": 1, "open_s": 0.5}}
    )
    openai = stack.providers["openai"]
    openai.configure(error_rate=1.0, error_status=500)
    stack.post(CHAT, chat())
    openai.configure(ttft_s=4)
    openai.clear()
    time.sleep(0.6)  # until the breaker is half open: it has no outside to ask
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: stack.post(CHAT, chat()), range(8)))
        models = sorted(answer.headers["x-ringfence-model"] for answer in answers)
    assert models == ["fast-model"] * 7 + ["openai-model"]
    assert len(stack.arrived("openai")) == 1
    openai.configure()
    answer = stack.post(CHAT, chat())
    assert answer.headers["x-ringfence-model"] == "openai-model"


def test_a_probe_that_fails_closes_the_way_again(own_stack: Callable[..., Stack]) -> None:
    stack = own_stack(
        cascade={"attempts_per_model": 3, "breaker": {"failures_to_open": 1, "open_s": 0.5}}
    )
    stack.providers["openai"].configure(error_rate=1.0, error_status=500)
    stack.post(CHAT, chat())
    assert len(stack.arrived("openai")) == 1
    time.sleep(0.6)
    stack.post(CHAT, chat())
    stack.post(CHAT, chat())
    assert len(stack.arrived("openai")) == 2


def test_a_probe_whose_client_leaves_does_not_keep_the_way_closed(
    own_stack: Callable[..., Stack],
) -> None:
    import httpx2

    stack = own_stack(
        cascade={"attempts_per_model": 1, "breaker": {"failures_to_open": 1, "open_s": 0.3}}
    )
    openai = stack.providers["openai"]
    openai.configure(error_rate=1.0, error_status=500)
    stack.post(CHAT, chat())
    openai.configure(stall=True)
    openai.clear()
    time.sleep(0.4)
    with (
        httpx2.Client(base_url=stack.url, trust_env=False, timeout=1.5) as client,
        pytest.raises(httpx2.TimeoutException),
    ):
        client.post(CHAT, json=chat(), headers={"authorization": f"Bearer {stack.key}"})
    openai.wait_for_disconnect()
    openai.configure()

    def answered_outside() -> bool:
        return bool(stack.post(CHAT, chat()).headers["x-ringfence-model"] == "openai-model")

    assert until(answered_outside)
