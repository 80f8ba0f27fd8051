"""I4: when nothing that is permitted is up, a client is told to come back; nothing goes wider."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.bodies import CHAT, COMPLETIONS, CONFIDENTIAL, HARMLESS, RESTRICTED, chat, completion
from tests.stack import Stack, until

OUTAGES: dict[str, dict[str, Any]] = {
    "answers 503": {"outage": "unavailable"},
    "closes connections": {"outage": "closed"},
    "never answers": {"stall": True},
    "refuses our credential": {"error_rate": 1.0, "error_status": 401},
    "is overloaded": {"error_rate": 1.0, "error_status": 429},
}
QUICK = {"attempt_timeout_s": 0.3, "total_timeout_s": 1.0}


def assert_come_back_later(answer: Any) -> None:
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "nothing_available")
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["x-ringfence-request-id"]


@pytest.mark.parametrize("outage", OUTAGES)
def test_the_private_model_is_down(own_stack: Callable[..., Stack], outage: str) -> None:
    stack = own_stack(cascade=QUICK if outage == "never answers" else {})
    stack.providers["private"].configure(**OUTAGES[outage])
    for body in (chat(RESTRICTED), chat(RESTRICTED, "openai-model", stream=True)):
        answer = stack.post(CHAT, body)
        assert_come_back_later(answer)
        record = stack.record_of(answer)
        assert (record["status"], record["outcome"]["http_status"]) == ("failed", 503)
    assert stack.arrived("private")
    assert stack.arrived("fast") == stack.arrived_outside() == []


def test_the_private_model_is_gone_and_comes_back(own_stack: Callable[..., Stack]) -> None:
    stack = own_stack(cascade={"breaker": {"failures_to_open": 2, "open_s": 0.3}})
    stack.providers["private"].stop()
    for _ in range(3):
        assert_come_back_later(stack.post(CHAT, chat(RESTRICTED)))
    assert_come_back_later(stack.post(f"/private{COMPLETIONS}", completion(HARMLESS)))
    assert stack.arrived_outside() == []
    stack.providers["private"].start()
    until(lambda: stack.post(CHAT, chat(RESTRICTED)).status_code == 200)
    assert stack.arrived_outside() == []


def test_an_open_breaker_is_an_outage_and_no_reason_to_go_wider(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack(cascade={"breaker": {"failures_to_open": 2, "open_s": 60}})
    stack.providers["private"].configure(error_rate=1.0, error_status=500)
    stack.post(CHAT, chat(RESTRICTED))
    stack.providers["private"].configure()
    stack.providers["private"].clear()
    answer = stack.post(CHAT, chat(RESTRICTED, "balanced"))
    assert_come_back_later(answer)
    attempts = stack.record_of(answer)["outcome"]["attempts"]
    assert [attempt["outcome"] for attempt in attempts] == ["breaker_open"]
    assert stack.arrived(*stack.providers) == []


def test_confidential_requests_use_what_is_left_of_their_set_and_no_more(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack(cascade={"attempts_per_model": 1})
    stack.providers["fast"].configure(outage="unavailable")
    answer = stack.post(CHAT, chat(CONFIDENTIAL, "fast"))
    assert answer.json()["model"] == "private-model@1"
    assert answer.headers["x-ringfence-fallbacks"] == "fast-model@1"
    stack.providers["private"].configure(outage="unavailable")
    assert_come_back_later(stack.post(CHAT, chat(CONFIDENTIAL, "fast")))
    assert stack.arrived_outside() == []


def test_everything_is_down(own_stack: Callable[..., Stack]) -> None:
    stack = own_stack(cascade={"attempts_per_model": 1})
    for provider in stack.providers.values():
        provider.configure(outage="unavailable")
    answer = stack.post(CHAT, chat(HARMLESS, "balanced"))
    assert_come_back_later(answer)
    tried = [attempt["model"] for attempt in stack.record_of(answer)["outcome"]["attempts"]]
    assert tried == ["openai-model@1", "anthropic-model@1", "fast-model@1", "private-model@1"]


def test_a_client_is_told_to_wait_as_long_as_the_backend_asked(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack()
    stack.providers["private"].configure(outage="unavailable", retry_after_s=37)
    answer = stack.post(CHAT, chat(RESTRICTED))
    assert_come_back_later(answer)
    assert int(answer.headers["retry-after"]) >= 37
    assert len(stack.arrived("private")) == 1
