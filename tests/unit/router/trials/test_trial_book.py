"""A shadow request is on record before it is sent, and within the day's money."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, delete, select

from router.audit.tables import audit_entries, decisions
from router.domain import DataClass, Usage
from router.store.database import connect
from router.trials.book import DAY_S, Came, Sending, note, send, spent_today_nano_usd
from router.trials.tables import trials
from tests.unit.router.trials.canary_records import decide

NOON_S = 20_000 * DAY_S + DAY_S / 2
SENDING = Sending(
    request_id="one",
    data_class=DataClass.INTERNAL,
    champion="tiny@1",
    shadow="tiny@2",
    weights_digest=None,
    task="summary",
    body_sha256="0" * 64,
    at_most=Usage(100, 200),
    cost_nano_usd=600,
)


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = connect(migrated_url)
    with engine.begin() as connection:
        for request_id in ("one", "two", "three"):
            decide(connection, request_id, "tiny@1", at_s=NOON_S)
    yield engine
    engine.dispose()


def sent(engine: Engine, sending: Sending, now_s: float = NOON_S, limit: int = 1_000) -> bool:
    with engine.begin() as connection:
        return send(connection, sending, limit, now_s)


def test_what_is_sent_is_an_act_and_a_row_and_what_came_is_filled_in(engine: Engine) -> None:
    assert sent(engine, SENDING)
    came = Came("answered", 1.5, Usage(90, 20), 110, 0.2, "stop", None, "format", agrees=False)
    with engine.begin() as connection:
        (act,) = connection.scalars(select(audit_entries.c.body))
        note(connection, "one", came)
        (row,) = connection.execute(select(trials)).mappings()
    assert json.loads(act)["details"]["model"] == "tiny@2"
    assert (row["outcome"], row["cost_nano_usd"], row["input_tokens"]) == ("answered", 110, 90)
    assert (row["shadow_flaw"], row["champion_flaw"], row["agrees"]) == (None, "format", False)


def test_the_day_s_money_is_never_exceeded_by_what_is_under_way(engine: Engine) -> None:
    assert sent(engine, SENDING)
    assert not sent(engine, replace(SENDING, request_id="two"))
    with engine.begin() as connection:
        assert len(connection.execute(select(audit_entries)).all()) == 1
        note(connection, "one", Came("answered", 1.0, Usage(1, 1), 100))
    assert sent(engine, replace(SENDING, request_id="two"))


def test_the_next_day_has_its_own_money(engine: Engine) -> None:
    assert sent(engine, SENDING)
    assert not sent(engine, replace(SENDING, request_id="two"), NOON_S + DAY_S / 2 - 1)
    assert sent(engine, replace(SENDING, request_id="two"), NOON_S + DAY_S / 2)


def test_what_costs_nothing_is_sent_without_money(engine: Engine) -> None:
    assert not sent(engine, SENDING, limit=0)
    assert sent(engine, replace(SENDING, cost_nano_usd=0), limit=0)


def test_what_came_is_settled_once(engine: Engine) -> None:
    assert sent(engine, SENDING)
    with engine.begin() as connection:
        assert spent_today_nano_usd(connection, NOON_S) == 600
        note(connection, "one", Came("BackendTimeout", 1.0, Usage(90, 100), 500))
        note(connection, "one", Came("answered", 1.0))
        assert spent_today_nano_usd(connection, NOON_S) == 500
    assert not sent(engine, replace(SENDING, request_id="two"))


def test_a_trial_goes_with_its_record(engine: Engine) -> None:
    assert sent(engine, SENDING)
    with engine.begin() as connection:
        connection.execute(delete(decisions).where(decisions.c.request_id == "one"))
        note(connection, "one", Came("answered", 1.0))
        assert connection.execute(select(trials)).all() == []
