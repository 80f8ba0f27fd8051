"""A shadow sees what its champion's requests permit it to see, and nobody sees what it says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from router.domain import Role
from tests import metrics_page
from tests.bodies import CHAT, CONFIDENTIAL, HARMLESS, RESTRICTED, chat
from tests.invariants.test_i3_versions_in_service import of_schema_two
from tests.stack import Stack
from tests.waiting import until

OWN_STACK = Callable[..., Stack]
SHADOW = "in-the-shadow"
"""What the shadow's server is asked for: nobody else is asked for that."""
MARK = "unheard of, quite unheard of"


def shadowed(champion: int, server: int, **changes: Any) -> Callable[..., None]:
    """The champion gets a shadow of all its requests, at another model's server."""

    def edit(models: dict[str, Any], _policy: dict[str, Any]) -> None:
        of_schema_two(models)
        first, other = models["models"][champion], models["models"][server]
        models["models"].append(
            first
            | {
                "version": "2",
                "location": other["location"],
                "residency": other["residency"],
                "lifecycle": {"state": "shadow", "since": "2026-01-01", "shadow_share": 1.0},
                "backend": other["backend"] | {"model": SHADOW},
            }
            | changes
        )
        models["aliases"][first["id"]]["candidate"] = "2"

    return edit


def fast_in_private(**changes: Any) -> Callable[..., None]:
    return shadowed(1, 0, **changes)


def fast_outside(models: dict[str, Any], policy: dict[str, Any]) -> None:
    """Its champion is in a tier that leads outside for who may go there."""
    policy["tiers"]["balanced"] = ["openai-model", "fast-model"]
    shadowed(1, 2, approved_data_classes=["public", "internal"])(models, policy)


def bodies(stack: Stack, provider: str) -> list[bytes]:
    """What arrived for the shadow; what is just arriving has no body yet."""
    whole = [each.body for each in stack.arrived(provider) if each.body]
    return [body for body in whole if json.loads(body)["model"] == SHADOW]


def ended(stack: Stack) -> list[tuple[Any, ...]]:
    return stack.rows("SELECT request_id, outcome FROM trials WHERE outcome IS NOT NULL")


def dropped(stack: Stack) -> float:
    key = stack.known_key(roles=frozenset({Role.OPERATOR}), owner="prometheus")
    page = stack.http.get("/metrics", headers={"authorization": f"Bearer {key}"}).text
    return metrics_page.total(page, "ringfence_shadow_dropped_total")


def ask(stack: Stack, text: str, model: str = "fast-model", **more: Any) -> str:
    headers = more.pop("headers", {})
    answer = stack.post(CHAT, chat(text, model, **more), headers=headers)
    assert answer.status_code == 200, answer.text
    assert MARK not in answer.text
    return answer.headers["x-ringfence-request-id"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_shadow_is_asked_the_same_and_what_it_says_is_nowhere(
    own_stack: OWN_STACK, stream: bool
) -> None:
    stack = own_stack(edit=fast_in_private())
    stack.providers["private"].configure(says=MARK)
    request_id = ask(stack, HARMLESS, stream=stream)
    until(lambda: ended(stack))
    (body,) = bodies(stack, "private")
    assert HARMLESS.encode() in body
    row = stack.rows(
        "SELECT request_id, champion, shadow, outcome, finish_reason, shadow_flaw, champion_flaw,"
        " agrees, output_tokens > 0, cost_nano_usd > 0, latency_s > 0 FROM trials"
    )
    assert row == [
        (request_id, "fast-model@1", "fast-model@2", "answered", "stop", None, None, 0, 1, 1, 1)
    ]
    assert {attempt["model"] for attempt in stack.record(request_id)["outcome"]["attempts"]} == {
        "fast-model@1"
    }
    for file in stack.database_file.parent.glob("ringfence.db*"):
        assert MARK.encode() not in file.read_bytes()


def test_the_log_says_which_body_went_to_it_before_it_went(own_stack: OWN_STACK) -> None:
    stack = own_stack(edit=fast_in_private())
    request_id = ask(stack, HARMLESS)
    until(lambda: ended(stack))
    (body,) = bodies(stack, "private")
    acts = [
        json.loads(body)
        for (body,) in stack.rows("SELECT body FROM audit_entries WHERE kind = 'act'")
    ]
    (sent,) = [act for act in acts if act["act"] == "shadow.sent"]
    assert sent["details"] == {
        "request_id": request_id,
        "data_class": "internal",
        "champion": "fast-model@1",
        "model": "fast-model@2",
        "weights_digest": None,
        "body_sha256": hashlib.sha256(body).hexdigest(),
    }


def test_nothing_is_sent_that_cannot_be_put_on_record(own_stack: OWN_STACK) -> None:
    stack = own_stack(edit=fast_in_private())
    with closing(stack.database()) as connection:
        connection.execute("ALTER TABLE trials RENAME TO away")
        ask(stack, HARMLESS)
        until(lambda: dropped(stack) == 1)
        connection.execute("ALTER TABLE away RENAME TO trials")
    ask(stack, HARMLESS)
    until(lambda: ended(stack))
    assert len(bodies(stack, "private")) == len(ended(stack)) == 1


def test_what_it_is_not_approved_for_never_gets_to_it(own_stack: OWN_STACK) -> None:
    stack = own_stack(
        edit=shadowed(0, 1, approved_data_classes=["public", "internal", "confidential"])
    )
    ask(stack, RESTRICTED, "private-model")
    request_id = ask(stack, CONFIDENTIAL, "private-model")
    until(lambda: ended(stack))
    assert stack.rows("SELECT request_id FROM trials") == [(request_id,)]
    assert len(bodies(stack, "fast")) == 1


def test_one_outside_gets_what_may_go_outside_and_nothing_else(own_stack: OWN_STACK) -> None:
    stack = own_stack(edit=fast_outside)
    ask(stack, CONFIDENTIAL)
    ask(stack, HARMLESS, headers={"x-ringfence-data-class": "confidential"})
    stays = stack.post("/private" + CHAT, chat(HARMLESS, "fast-model"))
    assert stays.status_code == 200
    for key in (
        stack.known_key(private_only=True),
        stack.known_key(team="undecided"),
        stack.known_key(models=("private-model",)),
    ):
        assert stack.post(CHAT, chat(HARMLESS, "fast"), key=key).status_code in (200, 403)
    request_id = ask(stack, HARMLESS)
    until(lambda: ended(stack))
    assert stack.rows("SELECT request_id FROM trials") == [(request_id,)]
    (body,) = bodies(stack, "openai")
    assert HARMLESS.encode() in body


def test_a_client_does_not_wait_for_a_shadow_that_never_answers(own_stack: OWN_STACK) -> None:
    stack = own_stack(edit=fast_in_private(), cascade={"attempts_per_model": 1})
    stack.providers["private"].configure(stall=True)
    ask(stack, HARMLESS)
    until(lambda: bodies(stack, "private"))
    assert ended(stack) == []
    until(lambda: ended(stack))
    ((_, outcome),) = ended(stack)
    assert outcome == "BackendTimeout"


@pytest.mark.parametrize("fault", [{"error_rate": 1.0}, {"outage": "closed"}])
def test_a_shadow_that_dies_is_nobody_else_s_trouble(
    own_stack: OWN_STACK, fault: dict[str, Any]
) -> None:
    stack = own_stack(edit=fast_in_private(), cascade={"attempts_per_model": 1})
    stack.providers["private"].configure(**fault)
    request_id = ask(stack, HARMLESS)
    until(lambda: ended(stack))
    ((_, outcome),) = ended(stack)
    assert outcome.startswith("Backend")
    assert stack.record(request_id)["outcome"]["status"] == "answered"


def test_what_broke_off_is_asked_of_no_shadow(own_stack: OWN_STACK) -> None:
    stack = own_stack(edit=fast_in_private())
    stack.providers["fast"].configure(cut_stream_after_tokens=2)
    broken = stack.post(CHAT, chat(HARMLESS, "fast-model", stream=True))
    assert "[DONE]" not in broken.text
    stack.reset()
    request_id = ask(stack, HARMLESS)
    until(lambda: ended(stack))
    assert stack.rows("SELECT request_id FROM trials") == [(request_id,)]
