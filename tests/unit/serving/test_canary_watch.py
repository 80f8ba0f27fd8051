"""A gateway sends nothing to canaries that others have halted, until they are resumed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from router.store.database import connect
from router.trials.halts import halt, resume
from serving.canary_watch import CanaryWatch
from serving.rules_in_force import RulesInForce
from tests.unit.router.trials.canary_records import CANARY
from tests.unit.serving.canary_rules import NOON_S, canary_in_force, takes_requests
from tests.waiting import until


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = connect(migrated_url)
    yield engine
    engine.dispose()


@contextmanager
def watching(engine: Engine, in_force: RulesInForce) -> Iterator[None]:
    watch = CanaryWatch(engine, in_force)
    watch.start()
    try:
        yield
    finally:
        watch.close()


def test_what_is_halted_elsewhere_gets_nothing_more(engine: Engine, tmp_path: Path) -> None:
    in_force = canary_in_force(tmp_path)
    with watching(engine, in_force):
        assert takes_requests(in_force)
        with engine.begin() as connection:
            halt(connection, CANARY, {}, NOON_S - 50)
        until(lambda: not takes_requests(in_force))


def test_what_was_halted_before_gets_nothing_from_the_start_until_it_is_resumed(
    engine: Engine, tmp_path: Path
) -> None:
    with engine.begin() as connection:
        halt(connection, CANARY, {}, NOON_S - 50)
    in_force = canary_in_force(tmp_path)
    with watching(engine, in_force):
        assert not takes_requests(in_force)
        with engine.begin() as connection:
            resume(connection, CANARY, "somebody", "mended", NOON_S - 40)
        until(lambda: takes_requests(in_force))
