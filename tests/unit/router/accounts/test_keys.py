"""API keys: shown once, kept as keyed hashes, gone within a second of being revoked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from router.accounts.authenticator import MAX_STALENESS_S, Authenticator
from router.accounts.keys import KeyHasher, KeyStore
from router.clock import SystemClock
from router.domain import DataClass, Tier
from router.errors import LedgerUnavailable, NotAuthenticated
from router.store.database import connect
from router.store.migrate import migrate
from tests.unit.clock import ManualClock

HASHER = KeyHasher(b"r" * 32)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{tmp_path / 'test.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> KeyStore:
    return KeyStore(engine, HASHER, SystemClock())


@pytest.fixture
def authenticator(engine: Engine) -> Iterator[Authenticator]:
    authenticator = Authenticator(engine, HASHER, SystemClock())
    authenticator.start()
    yield authenticator
    authenticator.close()


def test_a_key_says_who_asks(engine: Engine, store: KeyStore) -> None:
    key, text = store.create(team="payments", floor=DataClass.CONFIDENTIAL, tiers=[Tier.PRIVATE])
    authenticator = Authenticator(engine, HASHER, SystemClock())
    authenticator.start()
    principal = authenticator.authenticate(f"Bearer {text}")
    authenticator.close()
    assert principal == key.principal
    assert (principal.team, principal.floor) == ("payments", DataClass.CONFIDENTIAL)
    assert principal.tiers == {Tier.PRIVATE}


def test_the_key_itself_is_nowhere_in_the_database(tmp_path: Path, store: KeyStore) -> None:
    _, text = store.create(team="payments")
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("test.db*"))
    assert text.encode() not in kept
    assert text.removeprefix("rf-").encode() not in kept


def test_a_new_key_is_known_and_a_revoked_one_refused_within_a_second(
    store: KeyStore, authenticator: Authenticator
) -> None:
    key, text = store.create(team="payments")
    time.sleep(1)
    authenticator.authenticate(f"Bearer {text}")
    assert store.revoke(key.id)
    time.sleep(1)
    with pytest.raises(NotAuthenticated):
        authenticator.authenticate(f"Bearer {text}")


def test_a_key_expires_without_anybody_touching_it(engine: Engine) -> None:
    clock = ManualClock()
    _, text = KeyStore(engine, HASHER, clock).create(team="payments", lifetime_s=60)
    authenticator = Authenticator(engine, HASHER, clock)
    authenticator.start()
    authenticator.authenticate(f"Bearer {text}")
    authenticator.close()
    clock.advance(4)
    authenticator.authenticate(f"Bearer {text}")
    clock.at_s += 56
    with pytest.raises((NotAuthenticated, LedgerUnavailable)):
        authenticator.authenticate(f"Bearer {text}")


def test_nobody_is_let_in_when_revocations_can_no_longer_be_seen(
    engine: Engine, store: KeyStore
) -> None:
    _, text = store.create(team="payments")
    clock = ManualClock()
    authenticator = Authenticator(engine, HASHER, clock)
    authenticator.start()
    authenticator.close()  # as if the database could not be read from now on
    clock.advance(MAX_STALENESS_S + 1)
    with pytest.raises(LedgerUnavailable):
        authenticator.authenticate(f"Bearer {text}")


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic rf-x", "rf-x", "Bearer rf-x", "Bearer \udcff"]
)
def test_what_is_not_a_key_is_not_let_in(authenticator: Authenticator, header: str | None) -> None:
    with pytest.raises(NotAuthenticated):
        authenticator.authenticate(header)


def test_revoking_twice_or_what_is_not_there_says_so(store: KeyStore) -> None:
    key, _ = store.create(team="payments")
    assert store.revoke(key.id)
    assert not store.revoke(key.id)
    assert not store.revoke("nobody")


@pytest.mark.parametrize("team", ["", "Payments", "pay ments", "../payments", "x" * 129])
def test_a_team_needs_a_name_that_can_be_one(store: KeyStore, team: str) -> None:
    with pytest.raises(ValueError, match="team"):
        store.create(team=team)


def test_another_root_secret_knows_none_of_the_keys(engine: Engine, store: KeyStore) -> None:
    _, text = store.create(team="payments")
    other = Authenticator(engine, KeyHasher(b"s" * 32), SystemClock())
    other.start()
    with pytest.raises(NotAuthenticated):
        other.authenticate(f"Bearer {text}")
    other.close()
