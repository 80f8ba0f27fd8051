"""Entries: what the transparency log is made of. Added, and never changed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from router.audit.canonical import canonical_json
from router.audit.tables import audit_entries, audit_pending
from router.domain import JsonObject
from router.ids import new_id
from router.store.deferred import insert_later

SCHEMA = 1
"""Of the bodies. A reader keeps knowing the older ones: what is in the log stays as it is."""


class EntryKind(StrEnum):
    DECISION = "decision"
    OUTCOME = "outcome"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Entry:
    """`content` is what this kind of entry says; `request_id` is None where none is meant."""

    kind: EntryKind
    recorded_at_s: float
    content: JsonObject
    request_id: str | None = None


def append(connection: Connection, entry: Entry) -> str:
    """Writes the entry and marks it as not yet in the log's order; returns its id.

    It is durable with the transaction, and gets its place in the log within a second of that. A
    request has one decision and one outcome: of a second, whoever waits for the transaction hears
    IntegrityError.
    """
    entry_id = new_id()
    body: JsonObject = {
        **entry.content,
        "entry": entry_id,
        "kind": entry.kind.value,
        "schema": SCHEMA,
        "recorded_at_s": entry.recorded_at_s,
    }
    if entry.request_id is not None:
        body["request_id"] = entry.request_id
    row = {
        "id": entry_id,
        "kind": entry.kind.value,
        "request_id": entry.request_id,
        "recorded_at_s": entry.recorded_at_s,
        "body": canonical_json(body),
    }
    insert_later(connection, audit_entries, row)
    insert_later(connection, audit_pending, {"entry_id": entry_id})
    return entry_id
