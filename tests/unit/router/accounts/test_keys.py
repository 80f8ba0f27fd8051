"""API keys: shown once, kept as keyed hashes, narrow, rotated, gone when they are revoked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from router.accounts.authenticator import MAX_STALENESS_S, Authenticator
from router.accounts.keys import KeyHasher, KeyStore
from router.accounts.tables import api_keys
from router.audit.tables import audit_entries
from router.clock import SystemClock
from router.domain import DataClass, Role, Tier
from router.errors import LedgerUnavailable, NotAuthenticated
from router.store.database import connect
from router.store.migrate import migrate
from tests.stack import until
from tests.unit.clock import ManualClock

HASHER = KeyHasher(b"r" * 32)
PATIENCE_S = 30.0


@pytest.fixture
def engine(migrated_sqlite: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{migrated_sqlite}")
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


def acts(engine: Engine) -> list[dict[str, object]]:
    with engine.connect() as connection:
        bodies = connection.scalars(select(audit_entries.c.body).order_by(audit_entries.c.id))
        return [json.loads(body) for body in bodies]


def lets_in(authenticator: Authenticator, text: str) -> bool:
    try:
        authenticator.authenticate(f"Bearer {text}")
    except NotAuthenticated:
        return False
    return True


def test_a_key_says_who_asks_and_what_they_may(engine: Engine, store: KeyStore) -> None:
    key, text = store.create(
        team="payments",
        floor=DataClass.CONFIDENTIAL,
        tiers=[Tier.PRIVATE],
        models=["ward"],
        private_only=True,
        roles=[Role.OPERATOR],
        owner="a.author",
    )
    authenticator = Authenticator(engine, HASHER, SystemClock())
    authenticator.start()
    principal = authenticator.authenticate(f"Bearer {text}")
    authenticator.close()
    assert principal == key.principal
    assert (principal.team, principal.floor) == ("payments", DataClass.CONFIDENTIAL)
    assert principal.tiers == {Tier.PRIVATE}
    assert (principal.models, principal.private_only) == ({"ward"}, True)
    assert principal.roles == {Role.OPERATOR}
    assert principal.user is None  # no identity provider vouched for the owner


def test_a_key_has_the_same_life_in_either_database(migrated_url: str) -> None:
    engine = connect(migrated_url)
    store = KeyStore(engine, HASHER, SystemClock())
    key, _ = store.create(team="payments", models=["ward"], roles=[Role.ADMIN], owner="a.author")
    old, new, text = store.rotate(key.id, overlap_s=60)
    authenticator = Authenticator(engine, HASHER, SystemClock())
    authenticator.start()
    assert authenticator.authenticate(f"Bearer {text}") == new.principal
    assert store.revoke(new.id)
    until(lambda: not lets_in(authenticator, text), PATIENCE_S)
    authenticator.close()
    assert [each.id for each in store.list()] == [old.id, new.id]
    assert len(acts(engine)) == 3
    engine.dispose()


def test_a_key_may_do_no_more_than_send_requests_unless_somebody_said_so(store: KeyStore) -> None:
    key, _ = store.create(team="payments")
    assert key.principal.roles == {Role.DEVELOPER}
    assert store.list() == [key]


def test_the_key_itself_is_nowhere_in_the_database(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'kept.db'}")
    migrate(engine)
    store = KeyStore(engine, HASHER, SystemClock())
    key, text = store.create(team="payments")
    _, _, successor = store.rotate(key.id, overlap_s=60)
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("kept.db*"))
    for secret in (text, successor):
        assert secret.removeprefix("rf-").encode() not in kept
    engine.dispose()


def test_a_new_key_is_known_and_a_revoked_one_refused_before_long(
    store: KeyStore, authenticator: Authenticator
) -> None:
    key, text = store.create(team="payments")
    until(lambda: lets_in(authenticator, text), PATIENCE_S)
    assert store.revoke(key.id)
    until(lambda: not lets_in(authenticator, text), PATIENCE_S)


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


def test_both_keys_of_a_rotation_are_let_in_until_the_overlap_is_over(engine: Engine) -> None:
    clock = ManualClock()
    store = KeyStore(engine, HASHER, clock)
    key, text = store.create(
        team="payments", floor=DataClass.INTERNAL, models=["ward"], lifetime_s=1_000
    )
    clock.advance(100)
    old, new, successor = store.rotate(key.id, overlap_s=60)
    assert new.scope == key.scope
    assert (old.successor, new.predecessor) == (new.id, key.id)
    assert (old.expires_at_s, new.expires_at_s) == (clock.at_s + 60, clock.at_s + 1_000)
    assert store.list() == [old, new]
    assert store.find(text) == old
    assert store.find(successor) == new
    assert old.is_valid(clock.at_s + 59)
    assert not old.is_valid(clock.at_s + 60)
    assert new.is_valid(clock.at_s + 60)


def test_what_replaces_a_key_is_as_old_as_what_it_replaces(engine: Engine) -> None:
    """A model that is deprecated meanwhile stays open to whoever had it."""
    clock = ManualClock()
    store = KeyStore(engine, HASHER, clock)
    first, _ = store.create(team="payments")
    made_on = first.principal.key_made_on
    text, key_id = "", first.id
    for _ in range(2):
        clock.advance(40 * 86_400)
        _, new, text = store.rotate(key_id, overlap_s=60)
        key_id = new.id
    _, unrelated = store.create(team="payments")
    authenticator = Authenticator(engine, HASHER, clock)
    authenticator.start()
    authenticator.close()
    assert made_on is not None
    assert authenticator.authenticate(f"Bearer {text}").key_made_on == made_on
    later = authenticator.authenticate(f"Bearer {unrelated}").key_made_on
    assert later == made_on + timedelta(days=80)


def test_an_overlap_lets_no_key_live_longer_than_it_would_have(engine: Engine) -> None:
    clock = ManualClock()
    store = KeyStore(engine, HASHER, clock)
    key, _ = store.create(team="payments", lifetime_s=50)
    old, _, _ = store.rotate(key.id, overlap_s=1_000)
    assert old.expires_at_s == key.expires_at_s


def test_a_key_is_rotated_once_and_only_while_it_is_valid(engine: Engine, store: KeyStore) -> None:
    key, _ = store.create(team="payments")
    _, new, _ = store.rotate(key.id, overlap_s=60)
    with pytest.raises(ValueError, match=new.id):
        store.rotate(key.id, overlap_s=60)
    store.revoke(new.id)
    with pytest.raises(ValueError, match="revoked"):
        store.rotate(new.id, overlap_s=60)
    with pytest.raises(ValueError, match="no such key"):
        store.rotate("nobody", overlap_s=60)
    assert len(store.list()) == 2
    assert [act["act"] for act in acts(engine)] == ["key.created", "key.rotated", "key.revoked"]


def test_every_change_is_an_act_of_somebody(engine: Engine, store: KeyStore) -> None:
    key, text = store.create(team="payments", actor="a.author")
    _, new, successor = store.rotate(key.id, overlap_s=60, actor="b.author")
    store.revoke(key.id, actor="c.author", reason="seen in a chat")
    assert not store.revoke(key.id, actor="c.author")  # nothing was done, nothing is recorded
    recorded = acts(engine)
    assert [(act["act"], act["actor"]) for act in recorded] == [
        ("key.created", "a.author"),
        ("key.rotated", "b.author"),
        ("key.revoked", "c.author"),
    ]
    assert recorded[2]["reason"] == "seen in a chat"
    details = recorded[1]["details"]
    assert isinstance(details, dict)
    assert (details["key_id"], details["successor"]) == (key.id, new.id)
    for secret in (text, successor):
        assert secret not in json.dumps(recorded)


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Basic rf-x", "rf-x", "Bearer rf-x", "Bearer \udcff"],
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


@pytest.mark.parametrize(
    ("scope", "cure"),
    [
        ({"roles": [Role.AUDITOR]}, "owner"),
        ({"roles": [Role.DEVELOPER, Role.ADMIN]}, "owner"),
        ({"roles": []}, "role"),
        ({"tiers": []}, "tier"),
        ({"owner": ""}, "person"),
        ({"owner": " a.author"}, "person"),
        ({"owner": "a\nauthor"}, "person"),
        ({"owner": "cluster"}, "person"),
        ({"owner": "os:root"}, "person"),
        ({"owner": "key:1"}, "person"),
        ({"models": ["ward@2"]}, "version"),
        ({"models": [""]}, "version"),
        ({"purpose": "Billing!"}, "purpose"),
        ({"name": "n" * 129}, "name"),
    ],
)
def test_a_scope_that_would_not_do_is_refused_with_its_cure(
    store: KeyStore, scope: dict[str, object], cure: str
) -> None:
    with pytest.raises(ValueError, match=cure):
        store.create(**{"team": "payments", **scope})
    assert store.list() == []


def test_another_root_secret_knows_none_of_the_keys(engine: Engine, store: KeyStore) -> None:
    _, text = store.create(team="payments")
    assert KeyStore(engine, KeyHasher(b"s" * 32), SystemClock()).find(text) is None
    other = Authenticator(engine, KeyHasher(b"s" * 32), SystemClock())
    other.start()
    assert not lets_in(other, text)
    other.close()


def test_a_key_of_a_newer_release_keeps_nobody_else_out(
    engine: Engine, store: KeyStore, caplog: pytest.LogCaptureFixture
) -> None:
    newer, unknown = store.create(team="payments")
    _, text = store.create(team="payments")
    with engine.begin() as connection:
        connection.execute(update(api_keys).where(api_keys.c.id == newer.id).values(roles=["seer"]))
    authenticator = Authenticator(engine, HASHER, SystemClock())
    authenticator.start()
    assert lets_in(authenticator, text)
    assert not lets_in(authenticator, unknown)
    authenticator.close()
    assert newer.id in caplog.text
