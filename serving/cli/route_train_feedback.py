"""What callers said of a time's answers, for training: by task and model, and an act of its own."""

from __future__ import annotations

import time
from pathlib import Path

from router.accounts.people.permissions import Permission
from router.audit.acts import Act, record_act
from router.domain import JsonObject
from router.feedback.reading import given
from router.feedback.tally import Said, tallied
from router.store.database import reading
from serving.cli.actor import require_actor
from serving.cli.output import cures
from serving.cli.policy_records import Days, opened
from serving.cli.state import existing


def feedback_by_task(state_dir: Path, days: Days) -> tuple[Said, ...]:
    """Needs the role auditor, and records that it was read, and what for.

    Ends the command where that is refused, or the database cannot be read.
    """
    actor = require_actor(state_dir, Permission.READ_RECORDS_OF_ALL_TEAMS)
    with cures(), opened(existing(state_dir)) as engine:
        with reading(engine).connect() as connection:
            said = tallied(given(connection, days.from_s, days.to_s))
        details: JsonObject = {
            "from_s": days.from_s,
            "to_s": days.to_s,
            "opinions": sum(each.opinions for each in said),
            "for": "training",
        }
        with engine.begin() as connection:
            record_act(connection, Act("feedback.read", actor.name, "", details), time.time())
    return said
