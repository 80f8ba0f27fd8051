"""A canary is on the page: how near it is to a halt, and that it is halted until it is resumed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from router.policy.load import load_rules
from router.policy.policy import Rules
from router.store.database import connect
from router.trials.evaluation import Evaluation, canaries_of
from router.trials.halts import halt, resume
from router.trials.progress import keep
from serving.telemetry.canary_state import canary_state
from tests.unit.router.trials.canary_records import CANARY, CHAMPION, decide, observe, write_files

SINCE_S = 1_767_225_600.0  # 2026-01-01


@pytest.fixture
def engine(migrated_sqlite: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{migrated_sqlite}")
    yield engine
    engine.dispose()


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    return load_rules(*write_files(tmp_path, share=0.05))


def shown(engine: Engine, rules: Rules) -> dict[str, dict[str, float]]:
    """By metric, by model."""
    with engine.connect() as connection:
        return {
            family.name: {sample.labels["model"]: sample.value for sample in family.samples}
            for family in canary_state(connection, rules)
        }


def test_a_halted_canary_is_shown_until_it_is_resumed(engine: Engine, rules: Rules) -> None:
    with engine.begin() as connection:
        halt(connection, CANARY, {}, SINCE_S + 1)
        halt(connection, "moved@1", {}, SINCE_S + 1)
    assert shown(engine, rules) == {
        "ringfence_canary_halted": {CANARY: 1.0},
        "ringfence_canary_evidence_ratio": {},
    }
    with engine.begin() as connection:
        resume(connection, CANARY, "somebody", "mended", SINCE_S + 2)
    assert shown(engine, rules)["ringfence_canary_halted"] == {}


def test_evidence_is_shown_as_the_gateways_have_kept_it(engine: Engine, rules: Rules) -> None:
    (canary,) = canaries_of(rules.registry)
    assert canary.since_s == SINCE_S
    evaluation = Evaluation.begin(canary, rules.policy.trials.margin)
    assert shown(engine, rules)["ringfence_canary_evidence_ratio"] == {CANARY: 0.05}
    with engine.begin() as connection:
        for number, version in enumerate((CHAMPION, CANARY)):
            decide(connection, f"request-{number}", version, SINCE_S + number)
            bad = version == CANARY
            observe(connection, f"request-{number}", version, SINCE_S + number, bad=bad)
        evaluation.read_on(connection, SINCE_S + 10)
        keep(connection, evaluation, SINCE_S + 10)
    found = shown(engine, rules)["ringfence_canary_evidence_ratio"][CANARY]
    assert found == pytest.approx(0.05 * evaluation.test.peak)
    assert 0.05 < found < 1
