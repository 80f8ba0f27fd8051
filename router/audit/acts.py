"""Acts: what people and the cluster itself do that an auditor asks about later."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection

from router.audit.entries import Entry, EntryKind, append
from router.domain import JsonObject


@dataclass(frozen=True, slots=True)
class Act:
    """`name` is what was done, such as "key.revoked"; `actor` says who, as far as it is verified.

    `details` are ids, names, digests and numbers; never a text of a request (I6).
    """

    name: str
    actor: str
    reason: str = ""
    details: JsonObject = field(default_factory=dict)


def record_act(connection: Connection, act: Act, now_s: float) -> str:
    """Appends the act to the log in this transaction; returns the id of its entry."""
    content: JsonObject = {
        "act": act.name,
        "actor": act.actor,
        "reason": act.reason,
        "details": act.details,
    }
    return append(connection, Entry(EntryKind.ACT, now_s, content))
