"""Putting rules in force: which ones every gateway is to decide by from now on."""

from __future__ import annotations

from sqlalchemy import Connection

from router.audit.acts import Act, record_act
from router.domain import JsonObject
from router.policy.archive import APPLIED, Active, activate


def put_in_force(
    connection: Connection, now: Active, before: str, reason: str, **details: JsonObject
) -> None:
    """Makes rules of the archive the ones to serve, and records that as an act.

    Raises ValueError where rules are in force that were applied later.
    """
    if not activate(connection, now):
        raise ValueError(
            "rules that were applied later than now are active: set the clocks of the hosts right, "
            "and apply again"
        )
    said: JsonObject = {"digest": now.digest, "before": before, **details}
    act = Act(APPLIED, now.applied_by, reason, said)
    record_act(connection, act, now.applied_at_s)
