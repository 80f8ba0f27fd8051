"""Keys of a release that knew no lines are on theirs, with what they had used."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, insert, select, text, update

from router.accounts.key_rows import read_keys
from router.accounts.limits.tables import limit_windows
from router.accounts.tables import api_keys
from router.store.database import connect
from router.store.migrate import migrate

KEYS = (("first", None), ("second", "first"), ("third", "second"), ("alone", None))
KEY = text(
    "INSERT INTO api_keys (id, digest, name, team, floor, tiers, created_at_s, predecessor)"
    " VALUES (:id, :digest, '', 'claims', 'public', '[\"fast\"]', :made_at_s, :predecessor)"
)


def window(scope: str, name: str, requests: int, held: int = 0) -> dict[str, object]:
    return {
        "scope": scope,
        "window": name,
        "starts_at_s": 1_790_812_800,
        "requests": requests,
        "tokens": requests * 10,
        "spent_nano_usd": requests * 100,
        "held_nano_usd": held,
    }


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database as 0012 left it: two rotations, a key that was never rotated, and their use."""
    engine = connect(database_url)
    config = Config()
    config.set_main_option("script_location", str(files("router.store") / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0012")
        for number, (key_id, predecessor) in enumerate(KEYS):
            row = {"id": key_id, "digest": key_id.encode(), "made_at_s": number + 1.0}
            connection.execute(KEY, row | {"predecessor": predecessor})
        rows = [
            window("key:first", "month", 1, held=7),
            window("key:second", "month", 2, held=7),
            window("key:third", "month", 4),
            window("key:third", "day", 4),
            window("key:alone", "month", 8),
        ]
        connection.execute(insert(limit_windows), rows)
    yield engine
    engine.dispose()


def test_keys_that_replaced_each_other_are_one_line(engine: Engine) -> None:
    migrate(engine)
    with engine.connect() as connection:
        lines = {key.id: key.line.ids for _, key in read_keys(connection)}
        rows = connection.execute(select(api_keys.c.id, api_keys.c.line))
        kept = {row.id: row.line for row in rows}
    line = ("first", "second", "third")
    assert lines == {"alone": ("alone",), **dict.fromkeys(line, line)}
    assert kept == {"alone": "alone", **dict.fromkeys(line, "first")}


def test_what_they_used_counts_for_the_line(engine: Engine) -> None:
    migrate(engine)
    c = limit_windows.c
    columns = (c.window, c.requests, c.tokens, c.spent_nano_usd, c.held_nano_usd)
    with engine.connect() as connection:
        of_line = connection.execute(select(*columns).where(c.scope == "key:first"))
        found = {row.window: tuple(row)[1:] for row in of_line}
        alone = connection.scalar(select(c.requests).where(c.scope == "key:alone"))
    # Held for the line is what was held for its first: the rest is settled where it is held.
    assert found == {"month": (7, 70, 700, 7), "day": (4, 40, 400, 0)}
    assert alone == 8


def test_keys_that_name_each_other_stop_no_upgrade(engine: Engine) -> None:
    with engine.begin() as connection:
        first = update(api_keys).where(api_keys.c.id == "first")
        connection.execute(first.values(predecessor="third"))
    migrate(engine)
    with engine.connect() as connection:
        assert len(read_keys(connection)) == len(KEYS)
