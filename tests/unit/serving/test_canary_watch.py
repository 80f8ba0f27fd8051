"""A gateway halts a canary that does harm by itself, and follows what others have halted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from sqlalchemy import Engine

from router.accounts.people.rules import PeopleRules
from router.accounts.people.tokens import TokenVerifier
from router.api.in_force import InForce
from router.clock import SystemClock
from router.pipeline import Pipeline
from router.policy.load import load_rules
from router.policy.policy import Rules
from router.store.database import connect
from router.store.writer import Writer
from router.trials.halts import halt, halts_now, resume
from serving.canary_watch import CanaryWatch
from serving.rules_in_force import RulesInForce
from tests.unit.clock import ManualClock
from tests.unit.router.lifecycle.models_file import MODELS, policy_text
from tests.unit.router.trials.canary_records import CANARY, CHAMPION, decide, end
from tests.waiting import until

NOON_S = 1_795_348_800.0  # 2026-11-22 12:00 UTC


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = connect(migrated_url)
    yield engine
    engine.dispose()


@pytest.fixture
def in_force(tmp_path: Path) -> RulesInForce:
    document: Any = yaml.safe_load(MODELS)
    document["models"][1]["lifecycle"] = {
        "state": "canary",
        "since": "2026-11-22",
        "canary_share": 0.5,
    }
    document["aliases"] = {"tiny": {"champion": "1", "candidate": "2"}}
    models, policy = tmp_path / "models.yaml", tmp_path / "policy.yaml"
    models.write_text(yaml.dump(document))
    policy.write_text(policy_text())
    tokens = TokenVerifier(PeopleRules(), SystemClock())

    def wire(rules: Rules) -> InForce:
        return InForce(rules, cast("Pipeline", None), tokens)

    return RulesInForce(load_rules(models, policy), wire, ManualClock(NOON_S))


@contextmanager
def watching(engine: Engine, in_force: RulesInForce) -> Iterator[None]:
    writer = Writer(engine)
    clock = ManualClock(NOON_S)
    watch = CanaryWatch(engine, writer, in_force, clock, evaluate_interval_s=0.0)
    writer.start()
    try:
        watch.start()
        yield
        watch.close()
    finally:
        writer.close()


def takes_requests(in_force: RulesInForce) -> bool:
    return bool(in_force.current().rules.registry.entries[CANARY].spec.approved)


def fail_beside(engine: Engine, at_s: float) -> None:
    """The canary fails 40 requests, and its champion none of as many."""
    with engine.begin() as connection:
        for number in range(80):
            model = CANARY if number % 2 else CHAMPION
            request_id = f"request-{at_s}-{number}"
            decide(connection, request_id, model, at_s + number / 100)
            status = "failed" if model == CANARY else "answered"
            end(connection, request_id, model, at_s + number / 100, status)


def test_one_that_fails_is_halted_and_no_gateway_has_to_be_told(
    engine: Engine, in_force: RulesInForce
) -> None:
    with watching(engine, in_force):
        assert takes_requests(in_force)
        fail_beside(engine, NOON_S - 100)
        until(lambda: not takes_requests(in_force))
    with engine.connect() as connection:
        (found,) = halts_now(connection)
    assert found.model == CANARY
    evidence: Any = found.evidence
    assert evidence["peak"] >= evidence["halts_at"] == 20
    assert evidence["answers"]["canary"]["requests"] == 40


def test_what_was_halted_before_gets_nothing_from_the_start_until_it_is_resumed(
    engine: Engine, in_force: RulesInForce
) -> None:
    fail_beside(engine, NOON_S - 100)
    with engine.begin() as connection:
        halt(connection, CANARY, {}, NOON_S - 50)
    with watching(engine, in_force):
        assert not takes_requests(in_force)
        with engine.begin() as connection:
            resume(connection, CANARY, "somebody", "mended", NOON_S - 40)
        # What came of it before was dealt with: it is not halted for that again.
        until(lambda: takes_requests(in_force))
