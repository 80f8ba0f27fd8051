"""Keys are the same on both databases, and every replica learns of a revocation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from router.accounts.authenticator import Authenticator
from router.accounts.keys import KeyHasher, KeyStore
from router.clock import SystemClock
from router.domain import DataClass, Tier
from router.errors import LedgerUnavailable, NotAuthenticated
from router.store.database import connect
from tests.waiting import until

HASHER = KeyHasher(b"r" * 32)


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = connect(migrated_url)
    yield engine
    engine.dispose()


def test_a_key_is_read_back_as_it_was_made(engine: Engine) -> None:
    store = KeyStore(engine, HASHER, SystemClock())
    key, text = store.create(
        team="clinic", name="ward — 7", floor=DataClass.CONFIDENTIAL, tiers=[Tier.PRIVATE]
    )
    assert store.list() == [key]
    authenticator = Authenticator(engine, HASHER, SystemClock())
    authenticator.start()
    assert authenticator.authenticate(f"Bearer {text}") == key.principal
    authenticator.close()


def test_a_revoked_key_is_refused_by_every_replica(engine: Engine) -> None:
    store = KeyStore(engine, HASHER, SystemClock())
    key, text = store.create(team="clinic")
    replicas = [Authenticator(engine, HASHER, SystemClock()) for _ in range(3)]
    for replica in replicas:
        replica.start()

    def refused(replica: Authenticator) -> bool:
        try:
            replica.authenticate(f"Bearer {text}")
        except NotAuthenticated:
            return True
        except LedgerUnavailable:  # it has not read for too long, on a machine with much to do
            return False
        return False

    assert not any(map(refused, replicas))
    assert store.revoke(key.id)
    assert not store.revoke(key.id)
    until(lambda: all(map(refused, replicas)))
    for replica in replicas:
        replica.close()
