"""Reading a database that may have been tampered with: no value in it stops the reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Executable,
    Integer,
    Text,
    cast,
    type_coerce,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.types import NullType

Row = Any
"""A tuple whose values are whatever the database says they are."""


def stored(column: Column[Any]) -> ColumnElement[Any]:
    """The column as it is kept, JSON as text and truth as a number.

    What SQLAlchemy makes of a value would take 3 for true, and fail over bytes that are text.
    """
    if isinstance(column.type, JSON):
        return cast(column, Text)
    if isinstance(column.type, Boolean):
        return cast(column, Integer)
    return type_coerce(column, NullType())


def read(
    connection: Connection, statement: Executable, values: Mapping[str, object] | None = None
) -> list[Row]:
    """The rows, with text that is not UTF-8 escaped: SQLite keeps such text, and won't read it."""
    try:
        return [*connection.execute(statement, values).fetchall()]
    except OperationalError:
        driver: Any = connection.connection.driver_connection
        if connection.dialect.name != "sqlite":
            raise
        kept, driver.text_factory = driver.text_factory, _escaped
        try:
            return [*connection.execute(statement, values).fetchall()]
        finally:
            driver.text_factory = kept


def _escaped(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace")
