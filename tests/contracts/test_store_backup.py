"""A backup is a log that verifies; an older one put back is told by a checkpoint kept elsewhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.log_case import LogCase, log_case
from tests.postgres import PostgresServer


def check(case: LogCase, restored: LogCase, before: str, after: str) -> None:
    """`restored` is what `case` was when `before` was its checkpoint; `after` came later."""
    assert restored.verify().ok
    assert restored.verify(before).ok
    told = restored.verify(after)
    assert not told.ok
    assert case.verify(before, after).ok


def test_sqlite(tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    with log_case(f"sqlite:///{tmp_path / 'ringfence.db'}") as case:
        case.record(20)
        before = case.sequence()
        with closing(sqlite3.connect(tmp_path / "ringfence.db")) as connection:
            connection.execute("VACUUM INTO ?", (str(backup),))
        case.record(20)
        after = case.sequence()
        with log_case(f"sqlite:///{backup}", case.key) as restored:
            check(case, restored, before, after)
            restored.record(5)  # it goes on from where it was, which is what a witness tells
            restored.sequence()
            assert restored.verify().ok
            assert not restored.verify(after).ok


def test_postgresql(postgres: PostgresServer, tmp_path: Path) -> None:
    for name in databases(postgres):
        with log_case(postgres.url(name)) as case:
            case.record(20)
            before = case.sequence()
            dump = postgres.directory / f"{name}.dump"
            postgres.run_client("pg_dump", "--format=custom", f"--file={dump}", name)
            case.record(20)
            after = case.sequence()
            for other in databases(postgres):
                postgres.run_client("pg_restore", "--exit-on-error", f"--dbname={other}", dump)
                with log_case(postgres.url(other), case.key) as restored:
                    check(case, restored, before, after)
                    restored.record(5)
                    restored.sequence()
                    assert restored.verify().ok
                    assert not restored.verify(after).ok


def databases(postgres: PostgresServer) -> Iterator[str]:
    """One, empty, and gone afterwards."""
    name = postgres.new_database()
    yield name
    postgres.drop(name)
