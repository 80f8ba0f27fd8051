"""A canary that does harm is sent nothing more, by itself, and its champion takes its requests."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from sqlalchemy import Engine

from router.registry.canary import canary_version
from router.store.database import connect, reading
from router.trials.canary_test import evidence_of
from router.trials.evaluation import Evaluation, canaries_of
from router.trials.halts import halt, resume
from tests.bodies import CHAT, HARMLESS, chat
from tests.invariants.test_i3_versions_in_service import with_canary_elsewhere
from tests.stack import Stack
from tests.waiting import until

CANARY = "fast-model@2"


def drawn(stack: Stack) -> bool:
    """Whether one more request is sent to the canary, or would have been: one in two is drawn."""
    while True:
        answer = stack.post(CHAT, chat(HARMLESS, "fast-model"))
        assert answer.status_code == 200
        request_id = answer.headers["x-ringfence-request-id"]
        if canary_version(stack.rules.registry, "fast-model", request_id) == CANARY:
            return f"canary:{CANARY}" in answer.headers["x-ringfence-reasons"]


def failing_canary(own_stack: Callable[..., Stack]) -> tuple[Stack, Evaluation, Engine]:
    """The evaluation is the test's own; the gateway's looks once a minute."""
    stack = own_stack(edit=with_canary_elsewhere)
    stack.providers["private"].configure(error_rate=1.0, error_status=500)
    (canary,) = canaries_of(stack.rules.registry)
    return stack, Evaluation.begin(canary, 0.02), connect(stack.database_url)


def test_a_canary_that_fails_is_halted_and_its_champion_serves_all(
    own_stack: Callable[..., Stack],
) -> None:
    stack, evaluation, engine = failing_canary(own_stack)
    alpha = stack.rules.policy.trials.alpha
    for number in range(400):
        stack.post(CHAT, chat(f"{HARMLESS} Then {number} more.", "fast-model"))
        with reading(engine).connect() as connection:
            evaluation.read_on(connection, time.time() + 1)
        if evaluation.test.shows_harm(alpha):
            break
    assert evaluation.test.shows_harm(alpha)
    with engine.begin() as connection:
        # Its own watch, which looks once a minute, may have been first.
        halt(connection, CANARY, evidence_of(evaluation.test, alpha), time.time())
    until(lambda: not drawn(stack))
    stack.reset()
    assert not any(drawn(stack) for _ in range(5))
    assert stack.arrived("private") == []
    named = stack.post(CHAT, chat(HARMLESS, CANARY))
    assert named.headers.get("x-ringfence-model", "") != CANARY
    assert stack.arrived("private") == []
    excluded = stack.record_of(named)["excluded"]
    assert {"model": CANARY, "code": "halted"} in excluded
    bodies = stack.rows("SELECT body FROM audit_entries WHERE kind = 'act'")
    assert [json.loads(body)["act"] for (body,) in bodies].count("canary.halted") == 1
    with engine.begin() as connection:
        assert resume(connection, CANARY, "somebody", "mended", time.time())
    until(lambda: drawn(stack))
    engine.dispose()


def test_one_client_that_asks_the_same_again_and_again_halts_nobody(
    own_stack: Callable[..., Stack],
) -> None:
    stack, evaluation, engine = failing_canary(own_stack)
    for _ in range(40):
        assert stack.post(CHAT, chat(HARMLESS, "fast-model")).status_code == 200
    until(lambda: stack.rows("SELECT count(*) FROM canary_observations") == [(40,)])
    with reading(engine).connect() as connection:
        evaluation.read_on(connection, time.time() + 1)
    test = evaluation.test
    assert test.answers.canary.answers + test.answers.champion.answers == 1
    assert not test.shows_harm(stack.rules.policy.trials.alpha)
    ((text,),) = stack.rows("SELECT group_concat(hex(conversation)) FROM canary_observations")
    assert len(set(text.split(","))) == 1
    engine.dispose()
