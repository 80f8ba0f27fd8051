"""The files that a cluster starts with: in force, unless others were applied since; in the log."""

from __future__ import annotations

import logging

from sqlalchemy import Connection

from router.accounts.people.actor import CLUSTER
from router.audit.acts import Act, record_act
from router.domain import JsonObject
from router.gate.acts import BYPASSED
from router.gate.in_force import InForce
from router.gate.shown import shown_record
from router.policy.archive import APPLIED, Active, activate, active, keep
from router.policy.policy import RulesText

logger = logging.getLogger(__name__)

STARTED_WITH = "started with these files"


def start_with(connection: Connection, text: RulesText, given_at_s: float, now_s: float) -> str:
    """Archives the rules of a start and puts them in force; returns their digest.

    Whoever starts gateways past `ringfence up` (a manifest, say) shows nothing to anybody. That is
    not refused here, since a cluster that does not come up serves nobody: where others served
    before, the log has that they gave way, and where those asked for a gate, by which record these
    passed (`policy apply --gate` takes it before a start), or that it was bypassed.
    """
    digest = keep(connection, text, now_s)
    before, in_force = active(connection), InForce.read(connection)
    took_over = activate(connection, Active(digest, given_at_s, STARTED_WITH))
    if not took_over or before is None or before.digest == digest:
        return digest
    details: JsonObject = {"digest": digest, "before": before.digest}
    if in_force.asks_of(text):
        record = shown_record(connection, text, in_force, now_s)
        if record is None:
            logger.warning("rules %s serve now, and no gate let them pass: in the log", digest)
            record_act(connection, Act(BYPASSED, CLUSTER, STARTED_WITH, details), now_s)
        else:
            details["record"] = record
    record_act(connection, Act(APPLIED, CLUSTER, STARTED_WITH, details), now_s)
    return digest
