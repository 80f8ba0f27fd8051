"""What served can be read again, byte for byte, and which rules serve is one row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, select

from router.policy.archive import Active, activate, active, digests_like, keep, text_of
from router.policy.archive_tables import rules_archive
from router.policy.policy import RulesText
from router.store.database import connect

ONE = RulesText(b"models: one\n", "policy: \u00fc\n".encode())
OTHER = RulesText(b"models: one\n", b"policy: other\n")


@pytest.fixture
def connection(migrated_url: str) -> Iterator[Connection]:
    engine = connect(migrated_url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_the_bytes_of_a_digest_come_back(connection: Connection) -> None:
    digest = keep(connection, ONE, 5.0)
    found = text_of(connection, digest)
    assert found is not None
    assert (found.models, found.policy) == (ONE.models, ONE.policy)
    hashed = hashlib.sha256()
    for content in (found.models, found.policy):
        hashed.update(len(content).to_bytes(8, "big") + content)
    assert digest == f"sha256:{hashed.hexdigest()}"


def test_it_is_kept_once_with_the_time_when_it_first_served(connection: Connection) -> None:
    digest = keep(connection, ONE)
    for served_at_s in (7.0, 9.0):
        assert keep(connection, ONE, served_at_s) == digest
    rows = connection.execute(select(rules_archive)).mappings().all()
    assert [row["first_served_at_s"] for row in rows] == [7.0]


def test_a_digest_that_never_served_has_no_text(connection: Connection) -> None:
    assert text_of(connection, "sha256:" + "0" * 64) is None


def test_a_beginning_finds_the_digests_that_begin_so(connection: Connection) -> None:
    one, other = keep(connection, ONE), keep(connection, OTHER)
    assert set(digests_like(connection, "")) == {one, other}
    assert digests_like(connection, one) == [one]
    assert digests_like(connection, other.removeprefix("sha256:")[:20].upper()) == [other]
    assert digests_like(connection, "xyz%_") == []


def test_whatever_was_decided_last_serves(connection: Connection) -> None:
    assert active(connection) is None
    first, second = Active("sha256:1", 10.0, "a"), Active("sha256:2", 20.0, "b")
    assert activate(connection, first)
    assert activate(connection, second)
    assert active(connection) == second
    assert not activate(connection, first)  # a replica that starts again, with what it was given
    assert active(connection) == second
