"""Records keep their bodies as long as the policy says, and the log is whole without them."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from router.audit.log.retention import LogRetention
from router.audit.log.rules import AuditRules
from router.audit.log.verify import verify
from router.store.housekeeping import Progress
from tests.unit.clock import ManualClock
from tests.unit.router.audit.log.filled_log import BEGAN_S, PUBLIC_KEY, fill

DAY_S = 86_400.0


def done(engine: Engine, days: int | None, now_s: float) -> int:
    """How many entries have no body any more when the chore asks for no more time."""
    rules = AuditRules(retention_days=days)
    retention = LogRetention(rules, ManualClock(now_s), segment_leaves=16)
    progress = Progress.MORE
    while progress is Progress.MORE:
        with engine.begin() as connection:
            progress = retention.chore(connection)
    found = verify(engine, PUBLIC_KEY)
    assert found.faults == ()
    return found.pruned


@pytest.mark.parametrize(
    ("days", "after_days", "pruned"), [(None, 1_000, 0), (30, 29, 0), (30, 31, 32)]
)
def test_old_segments_lose_their_bodies_and_nothing_else_does(
    engine: Engine, days: int | None, after_days: int, pruned: int
) -> None:
    fill(engine, 20)
    assert done(engine, days, BEGAN_S + after_days * DAY_S) == pruned
