"""What was shown before it starts: a cluster of manifests takes rules up without being asked."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, select

from router.audit.entries import EntryKind
from router.audit.tables import audit_entries
from router.domain import JsonObject
from router.gate.acts import SHOWN
from router.gate.in_force import InForce
from router.gate.meaning import meaning_digest
from router.gate.record import GateRecord
from router.policy.policy import RulesText

_DAY_S = 86_400.0


def shown_details(record: GateRecord) -> JsonObject:
    """The details of the act that a record was shown, and let rules pass."""
    return {
        "record": record.id,
        "sha256": record.sha256,
        "made_at": record.made_at.isoformat(),
        "candidate": record.candidate.as_json(),
        "against": record.against.as_json(),
        "inputs": None if record.inputs is None else record.inputs.as_json(),
    }


def shown_record(
    connection: Connection, wanted: RulesText, in_force: InForce, now_s: float
) -> str | None:
    """The id of the record by which these rules passed against those in force, None for none.

    It is in the log, with who showed it. What was shown against other rules, or by a record that
    is older by now than the policy in force allows, shows nothing. Raises ConfigError.
    """
    since_s = now_s - in_force.rules.max_age_days * _DAY_S
    meaning, against = meaning_digest(wanted), in_force.meaning
    rows = connection.scalars(
        select(audit_entries.c.body)
        .where(
            audit_entries.c.kind == EntryKind.ACT.value,
            audit_entries.c.recorded_at_s >= since_s,
            audit_entries.c.body.is_not(None),
        )
        .order_by(audit_entries.c.recorded_at_s.desc())
    )
    for body in rows:
        said = json.loads(body)
        details = said["details"]
        if said["act"] != SHOWN or "made_at" not in details:
            continue
        met = details["candidate"]["meaning"] == meaning, details["against"]["meaning"] == against
        # A record is made before it is shown: it may be too old where the act is not.
        if all(met) and datetime.fromisoformat(details["made_at"]).timestamp() >= since_s:
            return str(details["record"])
    return None
