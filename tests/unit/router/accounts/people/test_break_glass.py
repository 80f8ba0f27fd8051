"""A role for a time: with a reason, known to all, over by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from router.accounts.authenticator import Authenticator
from router.accounts.keys import KeyHasher, KeyStore
from router.accounts.people.actor import Actor
from router.accounts.people.grants import MAX_HOURS, BreakGlass
from router.audit.tables import audit_entries
from router.domain import Role
from router.errors import RoleRequired
from router.store.database import connect
from tests.unit.clock import ManualClock

HASHER = KeyHasher(b"r" * 32)
OPERATOR = Actor("o.operator", frozenset({Role.DEVELOPER, Role.OPERATOR}))


@pytest.fixture
def engine(migrated_sqlite: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{migrated_sqlite}")
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def glass(engine: Engine, clock: ManualClock) -> BreakGlass:
    return BreakGlass(engine, clock)


def acts(engine: Engine) -> list[dict[str, object]]:
    with engine.connect() as connection:
        bodies = connection.scalars(select(audit_entries.c.body).order_by(audit_entries.c.id))
        return [json.loads(body) for body in bodies]


class Gateway:
    """What a gateway knows of a key, asked anew each time as one that has just polled."""

    def __init__(self, engine: Engine, clock: ManualClock, text: str) -> None:
        self._engine, self._clock, self._text = engine, clock, text

    def roles(self) -> frozenset[Role]:
        authenticator = Authenticator(self._engine, HASHER, self._clock)
        authenticator.start()
        authenticator.close()
        return authenticator.authenticate(f"Bearer {self._text}").roles


def test_a_role_is_had_until_the_time_is_over(
    engine: Engine, clock: ManualClock, glass: BreakGlass
) -> None:
    keys = KeyStore(engine, HASHER, clock)
    _, text = keys.create(team="ops", owner=OPERATOR.name, roles=[Role.OPERATOR])
    gateway = Gateway(engine, clock, text)
    assert gateway.roles() == {Role.OPERATOR}
    glass.open(OPERATOR, Role.AUDITOR, "complaint 4711", hours=1)
    assert gateway.roles() == {Role.OPERATOR, Role.AUDITOR}
    clock.advance(3_599)
    assert gateway.roles() == {Role.OPERATOR, Role.AUDITOR}
    clock.advance(1)
    assert gateway.roles() == {Role.OPERATOR}


def test_a_gateway_that_learned_of_a_grant_knows_when_it_ends(
    engine: Engine, clock: ManualClock, glass: BreakGlass
) -> None:
    _, text = KeyStore(engine, HASHER, clock).create(team="ops", owner=OPERATOR.name)
    glass.open(OPERATOR, Role.AUDITOR, "complaint 4711", hours=0.001)
    authenticator = Authenticator(engine, HASHER, clock)
    authenticator.start()
    authenticator.close()  # it reads nothing any more
    assert Role.AUDITOR in authenticator.authenticate(f"Bearer {text}").roles
    clock.advance(4)
    assert Role.AUDITOR not in authenticator.authenticate(f"Bearer {text}").roles


def test_a_grant_that_was_closed_is_over(
    engine: Engine, clock: ManualClock, glass: BreakGlass
) -> None:
    keys = KeyStore(engine, HASHER, clock)
    _, text = keys.create(team="ops", owner=OPERATOR.name)
    grant = glass.open(OPERATOR, Role.AUDITOR, "complaint 4711", hours=1)
    clock.advance(1)
    assert glass.close(OPERATOR, grant.id)
    assert not glass.close(OPERATOR, grant.id)
    assert not glass.close(OPERATOR, "nothing")
    assert Gateway(engine, clock, text).roles() == {Role.DEVELOPER}
    assert [each.closed_at_s for each in glass.list()] == [clock.at_s]


def test_it_is_nobody_elses(engine: Engine, clock: ManualClock, glass: BreakGlass) -> None:
    keys = KeyStore(engine, HASHER, clock)
    _, another = keys.create(team="ops", owner="O.Operator")
    _, nobodys = keys.create(team="ops")
    glass.open(OPERATOR, Role.ADMIN, "nobody else is awake", hours=1)
    for text in (another, nobodys):
        assert Gateway(engine, clock, text).roles() == {Role.DEVELOPER}


def test_it_alerts_with_ids_and_no_names(
    engine: Engine, clock: ManualClock, glass: BreakGlass, caplog: pytest.LogCaptureFixture
) -> None:
    grant = glass.open(OPERATOR, Role.AUDITOR, "complaint 4711", hours=1)
    gateway = Authenticator(engine, HASHER, clock)
    gateway.start()
    gateway.close()
    warned = [record for record in caplog.records if grant.id in record.getMessage()]
    assert [record.levelname for record in warned] == ["WARNING", "WARNING"]
    assert "4711" not in caplog.text
    assert OPERATOR.name not in caplog.text


def test_both_ends_are_acts_with_who_and_why(engine: Engine, glass: BreakGlass) -> None:
    grant = glass.open(OPERATOR, Role.AUDITOR, "complaint 4711", hours=1)
    closer = Actor("a.auditor", frozenset({Role.AUDITOR}))
    glass.close(closer, grant.id)
    opened, closed = acts(engine)
    assert (opened["act"], opened["actor"], opened["reason"]) == (
        "break_glass.opened",
        OPERATOR.name,
        "complaint 4711",
    )
    assert (closed["act"], closed["actor"]) == ("break_glass.closed", closer.name)
    assert isinstance(closed["details"], dict)
    assert closed["details"]["grant_id"] == grant.id


@pytest.mark.parametrize(
    ("reason", "hours"),
    [("", 1), ("  ", 1), ("x" * 1_001, 1), ("why", 0), ("why", -1), ("why", MAX_HOURS + 0.1)],
)
def test_without_a_reason_or_without_an_end_there_is_none(
    engine: Engine, glass: BreakGlass, reason: str, hours: float
) -> None:
    with pytest.raises(ValueError):
        glass.open(OPERATOR, Role.AUDITOR, reason, hours)
    assert glass.list() == []
    assert acts(engine) == []


def test_a_developer_breaks_no_glass(glass: BreakGlass) -> None:
    developer = Actor("d.developer", frozenset({Role.DEVELOPER}))
    with pytest.raises(RoleRequired):
        glass.open(developer, Role.ADMIN, "I want to", hours=1)
    assert glass.list() == []
