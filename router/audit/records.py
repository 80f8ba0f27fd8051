"""Reading records back: what `GET /v1/records/{id}` answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from router.audit.entries import EntryKind
from router.audit.log.tables import log_leaves
from router.audit.tables import audit_entries, decisions, outcomes
from router.domain import JsonObject
from router.errors import LedgerUnavailable, RecordNotFound
from router.store.database import reading

OPEN = "open"
"""The status of a record whose outcome is not written: under way, or lost with its process."""

_OF_THE_ENTRY = frozenset({"entry", "kind", "schema", "request_id", "recorded_at_s"})


class Records:
    def __init__(self, engine: Engine) -> None:
        self._engine = reading(engine)

    def read(self, request_id: str, team: str) -> JsonObject:
        """The whole record of one request of this team. Blocks on the database.

        Raises RecordNotFound, also for another team's: that it exists is not theirs to know; and
        LedgerUnavailable.
        """
        mine = (decisions.c.request_id == request_id) & (decisions.c.team == team)
        finished = select(outcomes).where(outcomes.c.request_id == request_id)
        try:
            with self._engine.connect() as connection:
                decision = connection.execute(select(decisions).where(mine)).mappings().first()
                outcome = connection.execute(finished).mappings().first()
                entries = _entries(connection, request_id)
        except SQLAlchemyError as error:
            raise LedgerUnavailable("Records cannot be read now.", retry_after_s=1) from error
        if decision is None:
            raise RecordNotFound("There is no record of this id that your key may read.")
        return _record(dict(decision), None if outcome is None else dict(outcome), entries)


def _entries(connection: Connection, request_id: str) -> dict[str, JsonObject]:
    """By kind what the log says, with its place in it; nothing for records from before the log."""
    found = connection.execute(
        select(audit_entries.c.kind, audit_entries.c.body, log_leaves.c.seq)
        .outerjoin(log_leaves, log_leaves.c.entry_id == audit_entries.c.id)
        .where(audit_entries.c.request_id == request_id)
    )
    return {kind: {**json.loads(body), "log_seq": seq} for kind, body, seq in found if body}


def _record(
    decision: Mapping[str, Any],
    outcome: Mapping[str, Any] | None,
    entries: Mapping[str, JsonObject],
) -> JsonObject:
    record: JsonObject = {"object": "ringfence.record", "id": decision["request_id"]}
    record["recorded_at_s"] = decision["recorded_at_s"]
    record |= _said(entries.get(EntryKind.DECISION, decision))
    record["status"] = OPEN if outcome is None else outcome["status"]
    if outcome is not None:
        details = _said(entries.get(EntryKind.OUTCOME, outcome))
        details["finished_at_s"] = outcome["recorded_at_s"]
        details["cost_usd"] = outcome["cost_nano_usd"] / 1e9
        record["outcome"] = details
    return record


def _said(row: Mapping[str, Any]) -> JsonObject:
    return {name: value for name, value in row.items() if name not in _OF_THE_ENTRY}
