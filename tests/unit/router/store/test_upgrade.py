"""A database of an earlier release keeps what is in it, and is what a new one is."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from router.audit.records import Records
from router.domain import DataClass
from router.privacy.taint_store import Sticking, TaintMarks, TaintStore, add_marks
from router.store.database import connect
from router.store.migrate import migrate
from router.store.schema import metadata

DECISION = (
    "INSERT INTO decisions (request_id, recorded_at_s, team, key_id, endpoint, choice, stream,"
    " private_only, data_class, basis, entity_counts, detector_version, permitted, excluded, plan,"
    " reasons, policy_digest) VALUES ('{}', 1.5, 'claims', 'k', 'chat/completions', 'auto', false,"
    " false, 'confidential', '[\"detected\"]', '{{\"PERSON\": 2}}', 'v', '[]', '[]', '[]', '[]',"
    " 'd')"
)
KEY = b"k" * 16


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database as release 0001 left it, with a record and a mark."""
    engine = connect(database_url)
    config = Config()
    config.set_main_option("script_location", str(files("router.store") / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(DECISION.format("before"))
        connection.execute(
            text("INSERT INTO taint (key, data_class, expires_at_s) VALUES (:key, 2, 100)"),
            {"key": KEY},
        )
    yield engine
    engine.dispose()


def test_an_upgraded_database_is_what_a_new_one_is(engine: Engine) -> None:
    migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_its_records_were_made_under_no_exception(engine: Engine) -> None:
    migrate(engine)
    record = Records(engine).read("before", "claims")
    assert record["exceptions"] == []
    assert record["entity_counts"] == {"PERSON": 2}


def test_what_stuck_still_sticks_and_nobody_knows_why(engine: Engine) -> None:
    migrate(engine)
    store = TaintStore(engine)
    unknown = {Sticking(DataClass.CONFIDENTIAL, None)}
    assert store.inherited(frozenset({KEY}), 0) == unknown
    with engine.begin() as connection:
        person = frozenset({"PERSON"})
        add_marks(connection, TaintMarks(frozenset({KEY}), DataClass.CONFIDENTIAL, 9, person))
    assert store.inherited(frozenset({KEY}), 0) == unknown


def test_a_gateway_of_the_release_before_can_write_until_it_is_replaced(engine: Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql(DECISION.format("meanwhile"))
    assert Records(engine).read("meanwhile", "claims")["exceptions"] == []
