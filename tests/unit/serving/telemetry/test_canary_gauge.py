"""A halted canary is on the page until somebody resumes it."""

from __future__ import annotations

from pathlib import Path

from router.store.database import connect
from router.trials.halts import halt, resume
from serving.telemetry.canary_state import canary_state


def test_a_halted_canary_is_shown_until_it_is_resumed(migrated_sqlite: Path) -> None:
    engine = connect(f"sqlite:///{migrated_sqlite}")

    def halted() -> list[tuple[str, float]]:
        with engine.connect() as connection:
            (family,) = canary_state(connection)
        return [(sample.labels["model"], sample.value) for sample in family.samples]

    with engine.begin() as connection:
        halt(connection, "tiny@2", {}, 1.0)
    assert halted() == [("tiny@2", 1.0)]
    with engine.begin() as connection:
        resume(connection, "tiny@2", "somebody", "mended", 2.0)
    assert halted() == []
    engine.dispose()
