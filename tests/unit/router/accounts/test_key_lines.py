"""Keys that replace each other are one line: it is known by its first, and limited as one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from router.accounts.authenticator import Authenticator
from router.accounts.keys import KeyHasher, KeyStore
from router.accounts.tables import api_keys
from router.audit.tables import audit_entries
from router.domain import Allowance, Principal
from router.store.database import connect
from tests.unit.clock import ManualClock

HASHER = KeyHasher(b"r" * 32)
FIVE_DOLLARS = 5_000_000_000


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = connect(migrated_url)
    yield engine
    engine.dispose()


def principal_of(engine: Engine, clock: ManualClock, text: str) -> Principal:
    """Who a gateway takes the key for, once it has read what there is now."""
    authenticator = Authenticator(engine, HASHER, clock)
    authenticator.start()
    authenticator.close()
    return authenticator.authenticate(f"Bearer {text}")


def last_act(engine: Engine) -> dict[str, Any]:
    newest = select(audit_entries.c.body).order_by(audit_entries.c.id.desc()).limit(1)
    with engine.connect() as connection:
        act: dict[str, Any] = json.loads(connection.scalar(newest) or "{}")
    return act


def test_old_and_new_key_know_the_whole_line(engine: Engine) -> None:
    clock = ManualClock()
    store = KeyStore(engine, HASHER, clock)
    first, oldest = store.create(team="claims")
    _, second, _ = store.rotate(first.id, overlap_s=600)
    _, third, newest = store.rotate(second.id, overlap_s=600)
    line = (first.id, second.id, third.id)
    for text in (oldest, newest):
        assert principal_of(engine, clock, text).key_line == line
    assert {key.line.ids for key in store.list()} == {line}
    other, unrelated = store.create(team="claims")
    assert principal_of(engine, clock, unrelated).key_line == (other.id,)


def test_a_clock_that_was_set_back_makes_no_other_line(engine: Engine) -> None:
    clock = ManualClock()
    store = KeyStore(engine, HASHER, clock)
    first, _ = store.create(team="claims")
    clock.at_s -= 3_600
    _, second, text = store.rotate(first.id, overlap_s=600)
    found = principal_of(engine, clock, text)
    assert found.key_line == (first.id, second.id)
    assert found.key_made_on == first.principal.key_made_on


def test_what_a_release_before_lines_has_rotated_is_on_the_line(engine: Engine) -> None:
    """While replicas are replaced one by one, both make keys."""
    clock = ManualClock()
    store = KeyStore(engine, HASHER, clock)
    first, _ = store.create(team="claims")
    clock.advance(1)
    _, second, _ = store.rotate(first.id, overlap_s=600)
    with engine.begin() as connection:
        connection.execute(update(api_keys).values(line=None))
    clock.advance(1)
    _, third, text = store.rotate(second.id, overlap_s=600)
    assert principal_of(engine, clock, text).key_line == (first.id, second.id, third.id)


def test_limits_of_a_keys_own_go_over_to_its_successor(engine: Engine) -> None:
    clock = ManualClock()
    store = KeyStore(engine, HASHER, clock)
    own = Allowance(requests_per_minute=3, budget_nano_usd_per_day=FIVE_DOLLARS)
    key, _ = store.create(team="claims", allowance=own)
    _, new, text = store.rotate(key.id, overlap_s=600)
    assert new.scope.allowance == own
    assert principal_of(engine, clock, text).allowance == own


def test_what_a_release_before_limits_of_keys_has_rotated_has_those_of_its_line(
    engine: Engine,
) -> None:
    clock = ManualClock()
    store = KeyStore(engine, HASHER, clock)
    own = Allowance(requests_per_minute=3, budget_nano_usd_per_day=FIVE_DOLLARS)
    first, _ = store.create(team="claims", allowance=own)
    _, second, text = store.rotate(first.id, overlap_s=600)
    with engine.begin() as connection:
        nothing = dict.fromkeys(("line", *asdict(own)))
        connection.execute(update(api_keys).where(api_keys.c.id == second.id).values(nothing))
    assert principal_of(engine, clock, text).allowance == own
    _, _, newest = store.rotate(second.id, overlap_s=600)
    assert principal_of(engine, clock, newest).allowance == own


def test_a_change_of_limits_is_one_of_the_whole_line_and_an_act(engine: Engine) -> None:
    clock = ManualClock()
    store = KeyStore(engine, HASHER, clock)
    own = Allowance(requests_per_minute=3)
    key, oldest = store.create(team="claims", allowance=own)
    _, bystander = store.create(team="claims", allowance=own)
    _, new, newest = store.rotate(key.id, overlap_s=600)
    wanted = Allowance(budget_nano_usd_per_month=FIVE_DOLLARS)
    before, after = store.limit(new.id, wanted, actor="a.author", reason="ticket 4711")
    both = replace(wanted, requests_per_minute=3)
    assert (before.scope.allowance, after.scope.allowance) == (own, both)
    for text in (oldest, newest):
        assert principal_of(engine, clock, text).allowance == both
    assert principal_of(engine, clock, bystander).allowance == own
    act = last_act(engine)
    assert (act["act"], act["actor"], act["reason"]) == ("key.limited", "a.author", "ticket 4711")
    assert act["details"]["before"]["budget_nano_usd_per_month"] is None
    assert act["details"]["allowance"]["budget_nano_usd_per_month"] == FIVE_DOLLARS
    _, lifted = store.limit(key.id, Allowance(), keep_others=False)
    assert lifted.scope.allowance == Allowance()
    assert principal_of(engine, clock, newest).allowance == Allowance()


@pytest.mark.parametrize(
    ("own", "cure"),
    [
        (Allowance(requests_per_minute=0), "whole numbers from 1"),
        (Allowance(tokens_per_minute=10**13), "whole numbers from 1"),
        (Allowance(budget_nano_usd_per_day=-1), "from 0 to"),
        (Allowance(None, None, FIVE_DOLLARS, FIVE_DOLLARS - 1), "lower the one"),
    ],
)
def test_limits_that_make_no_sense_are_refused_and_change_nothing(
    engine: Engine, own: Allowance, cure: str
) -> None:
    store = KeyStore(engine, HASHER, ManualClock())
    with pytest.raises(ValueError, match=cure):
        store.create(team="claims", allowance=own)
    key, _ = store.create(team="claims")
    with pytest.raises(ValueError, match=cure):
        store.limit(key.id, own)
    with pytest.raises(ValueError, match="no such key"):
        store.limit("nobody", Allowance(requests_per_minute=1))
    assert [each.scope.allowance for each in store.list()] == [Allowance()]


@pytest.mark.parametrize("time_s", [float("nan"), float("inf"), 1e300, -1.0])
def test_a_time_that_is_none_is_refused(engine: Engine, time_s: float) -> None:
    store = KeyStore(engine, HASHER, ManualClock())
    with pytest.raises(ValueError, match="36,500 days"):
        store.create(team="claims", lifetime_s=time_s)
    key, _ = store.create(team="claims")
    with pytest.raises(ValueError, match="hours"):
        store.rotate(key.id, overlap_s=time_s)
    assert [each.successor for each in store.list()] == [None]
