"""All records of a run, by request."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from benchmarks.leak.recorded import Recorded, recorded
from router.audit.tables import decisions, outcomes
from router.store.database import connect, reading


def read_records(database_url: str, numbers: Mapping[str, int]) -> dict[int, Recorded]:
    """`numbers` says whose a key's id is."""
    engine = connect(database_url)
    try:
        with reading(engine).connect() as connection:
            ends = {
                row["request_id"]: row for row in connection.execute(select(outcomes)).mappings()
            }
            return {
                numbers[row["key_id"]]: recorded(
                    dict(row), dict(end) if (end := ends.get(row["request_id"])) else None
                )
                for row in connection.execute(select(decisions)).mappings()
                if row["key_id"] in numbers
            }
    finally:
        engine.dispose()
