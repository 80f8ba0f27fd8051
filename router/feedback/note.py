"""The text of feedback: what is sealed of it, and what tells one from another."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, exists, select

from router.audit.canonical import canonical_json
from router.audit.entries import EntryKind
from router.audit.tables import audit_entries
from router.audit.vault.keys import stored_key
from router.audit.vault.rules import Keep, Part, VaultRules
from router.audit.vault.sealing import Place, TextKey
from router.audit.vault.tables import vault_keys, vault_texts
from router.audit.vault.wrapping import Wrapped
from router.domain import DataClass
from router.feedback.feedback import Feedback

NOTE = "note"
"""With a number behind it, the part of a record's texts that a text of feedback is."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The record's own text, where the text of feedback goes: under its key, and for its time."""

    key_id: str
    team: str
    subject: str | None
    data_class: DataClass
    requested_at_s: float

    def row(self, request_id: str, part: str, key: TextKey, text: bytes) -> dict[str, Any]:
        """What `vault_texts` keeps of it."""
        return {
            "request_id": request_id,
            "part": part,
            "key_id": self.key_id,
            "team": self.team,
            "subject": self.subject,
            "data_class": self.data_class.label,
            "requested_at_s": self.requested_at_s,
            "sealed": key.seal(Place(request_id, part, self.data_class), text),
        }


def part_of(number: int) -> str:
    """`number` counts the feedback of one request, from 1 to 999."""
    return f"{NOTE}{number}"


def note_bytes(said: Feedback) -> bytes:
    """`{"correction": …, "comment": …}` as canonical JSON, without what was not said."""
    texts = {"correction": said.correction, "comment": said.comment}
    return canonical_json({name: text for name, text in texts.items() if text is not None})


def plain_digest(said: Feedback) -> str:
    """Of score and label alone, and whether there was a text."""
    content = canonical_json({"score": said.score, "label": said.label, "text": said.has_text})
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def keyed_digest(said: Feedback, key: TextKey) -> str:
    """Of all that was said, for whoever has the key."""
    rest = canonical_json({"score": said.score, "label": said.label})
    return key.digest(rest + b"\n" + note_bytes(said))


def place_for(connection: Connection, request_id: str, rules: VaultRules) -> Beside | None:
    """Where a text about this request would be kept; None where it is not to be.

    It may quote what was asked and what was answered: it is kept where the policy keeps both of
    such a request, and both still are, so that nothing that has been erased comes back in it.
    """
    text = vault_texts.c
    its_key = vault_keys.c.id == text.key_id
    answered = vault_texts.alias()
    kept = (
        select(text.key_id, text.team, text.subject, text.data_class, text.requested_at_s)
        .where(text.request_id == request_id, text.part == Part.INPUT.value)
        .where(exists().where(its_key, vault_keys.c.wrapped.is_not(None)))
        .where(
            exists().where(
                answered.c.request_id == request_id, answered.c.part == Part.OUTPUT.value
            )
        )
    )
    row = connection.execute(kept).first()
    if row is None:
        return None
    data_class = DataClass.from_label(row.data_class)
    purpose = _purpose(connection, request_id)
    if purpose is None or rules.keep(data_class, purpose) is not Keep.BOTH:
        return None
    return Beside(row.key_id, row.team, row.subject, data_class, row.requested_at_s)


def key_of(connection: Connection, place: Beside) -> Wrapped:
    """Raises KeyUnavailable where it has been destroyed meanwhile."""
    return stored_key(connection, place.key_id)


def _purpose(connection: Connection, request_id: str) -> str | None:
    """What the request was for, from its decision; None once that has been pruned."""
    kind = audit_entries.c.kind == EntryKind.DECISION.value
    of_request = select(audit_entries.c.body).where(audit_entries.c.request_id == request_id, kind)
    body = connection.scalar(of_request)
    purpose: str | None = None if body is None else json.loads(body).get("purpose")
    return purpose
