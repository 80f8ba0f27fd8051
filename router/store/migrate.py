"""Bringing a database to the schema that this release writes."""

from __future__ import annotations

from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine


def migrate(engine: Engine) -> None:
    """Creates or upgrades the tables; does nothing to a database that is up to date.

    Raises alembic.util.CommandError for a database that a newer release has written.
    """
    with as_file(files("router.store") / "migrations") as scripts, engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # A migration may take longer than any statement of ours should, and think between two.
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        config = Config()
        config.set_main_option("script_location", str(scripts).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
