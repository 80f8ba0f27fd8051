"""Gateways that somebody starts past the command line: which rules serve, and what the log says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, text

from router.audit.acts import Act, record_act
from router.audit.tables import audit_entries
from router.gate.acts import BYPASSED, SHOWN
from router.gate.meaning import meaning_digest
from router.gate.record import record_of
from router.gate.shown import shown_details
from router.policy.archive import APPLIED, Active, activate, active, has_served, keep
from router.policy.policy import RulesText
from router.store.database import connect
from serving.started_with import start_with
from tests.migrated import migrated_sqlite
from tests.unit.router.gate.gate_records import content

MODELS = b"schema: 2\nmodels: []\n"
LAX = RulesText(MODELS, b"schema: 1\nroutes: {}\n")
STRICT = RulesText(MODELS, b"schema: 1\nroutes: {}\ngate: {required: true}\n")
OTHER = replace(STRICT, policy=STRICT.policy + b"tiers: {}\n")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    (tmp_path / "ringfence.db").write_bytes(migrated_sqlite())
    engine = connect(f"sqlite:///{tmp_path / 'ringfence.db'}")
    yield engine
    engine.dispose()


def start(engine: Engine, text: RulesText, given_at_s: float) -> str:
    with engine.begin() as connection:
        return start_with(connection, text, given_at_s, given_at_s + 1)


def acts(connection: Connection) -> list[dict[str, Any]]:
    # Ids of the same millisecond are in no order.
    bodies = connection.scalars(select(audit_entries.c.body).order_by(text("rowid")))
    return [json.loads(body) for body in bodies]


def said(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [act["act"] for act in acts(connection)]


def test_the_first_start_and_every_start_with_the_same_files_say_nothing(engine: Engine) -> None:
    digest = start(engine, STRICT, 1.0)
    assert start(engine, STRICT, 2.0) == digest
    assert said(engine) == []
    with engine.connect() as connection:
        now = active(connection)
        assert now is not None
        assert now.digest == digest
        assert has_served(connection, digest)


def test_other_rules_than_those_that_asked_for_a_gate_are_recorded_as_a_bypass_once(
    engine: Engine,
) -> None:
    before = start(engine, STRICT, 1.0)
    digest = start(engine, OTHER, 2.0)
    start(engine, OTHER, 2.0)
    assert said(engine) == [BYPASSED, APPLIED]
    with engine.connect() as connection:
        (bypassed, applied) = acts(connection)
    assert bypassed["actor"] == "cluster"
    assert bypassed["details"] == applied["details"] == {"digest": digest, "before": before}


def test_where_no_gate_was_asked_for_the_change_is_recorded_all_the_same(engine: Engine) -> None:
    start(engine, LAX, 1.0)
    start(engine, OTHER, 2.0)
    assert said(engine) == [APPLIED]


def test_what_means_the_same_is_no_bypass(engine: Engine) -> None:
    start(engine, STRICT, 1.0)
    start(engine, replace(STRICT, policy=b"# reviewed\n" + STRICT.policy), 2.0)
    assert said(engine) == [APPLIED]


def test_what_was_applied_since_stays_in_force(engine: Engine) -> None:
    start(engine, STRICT, 1.0)
    with engine.begin() as connection:
        applied = keep(connection, LAX)
        activate(connection, Active(applied, 5.0, "somebody"))
    start(engine, OTHER, 2.0)
    assert said(engine) == []
    with engine.connect() as connection:
        now = active(connection)
    assert now is not None
    assert now.digest == applied


DAY_S = 86_400.0


def show(
    engine: Engine, candidate: RulesText, against: RulesText, made_at_s: float, at_s: float
) -> str:
    """The id of a record that somebody showed."""
    made_at = datetime.fromtimestamp(made_at_s, UTC).isoformat()
    said = content(meaning_digest(candidate), meaning_digest(against), made_at=made_at)
    found = record_of(said)
    with engine.begin() as connection:
        record_act(connection, Act(SHOWN, "somebody", "", shown_details(found)), at_s)
    return found.id


def test_what_was_shown_before_the_start_bypasses_no_gate_and_the_log_names_the_record(
    engine: Engine,
) -> None:
    before = start(engine, STRICT, 1.0)
    record = show(engine, OTHER, STRICT, 2.0, 3.0)
    digest = start(engine, replace(OTHER, policy=b"# rolled out\n" + OTHER.policy), DAY_S)
    assert said(engine) == [SHOWN, APPLIED]
    with engine.connect() as connection:
        applied = acts(connection)[-1]
    assert applied["details"] == {"digest": digest, "before": before, "record": record}


@pytest.mark.parametrize(
    ("candidate", "against", "made_at_s", "at_s"),
    [
        (LAX, STRICT, 2.0, 40 * DAY_S),
        (OTHER, LAX, 40 * DAY_S, 40 * DAY_S),
        (OTHER, STRICT, 2.0, 3.0),
        (OTHER, STRICT, 2.0, 40 * DAY_S),
    ],
    ids=["other rules", "against others", "long ago", "an old record"],
)
def test_what_was_shown_of_something_else_or_long_ago_shows_nothing(
    engine: Engine, candidate: RulesText, against: RulesText, made_at_s: float, at_s: float
) -> None:
    start(engine, STRICT, 1.0)
    show(engine, candidate, against, made_at_s, at_s)
    start(engine, OTHER, 41 * DAY_S)
    assert said(engine) == [SHOWN, BYPASSED, APPLIED]


def test_a_record_of_an_earlier_releases_log_does_not_say_how_old_it_is(engine: Engine) -> None:
    start(engine, STRICT, 1.0)
    names = {
        "record": "gate-1",
        "candidate": {"digest": "", "meaning": meaning_digest(OTHER)},
        "against": {"digest": "", "meaning": meaning_digest(STRICT)},
    }
    with engine.begin() as connection:
        record_act(connection, Act(SHOWN, "somebody", "", names), 2.0)
    start(engine, OTHER, 3.0)
    assert said(engine) == [SHOWN, BYPASSED, APPLIED]
