"""The texts of feedback opened: for auditors alone, and never without a record of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from sqlalchemy import Engine, select

from router.accounts.people.actor import Actor
from router.accounts.people.permissions import Permission, require
from router.audit.acts import Act, record_act
from router.audit.vault.keys import stored_key, unwrapped
from router.audit.vault.reasons import given
from router.audit.vault.sealing import Place
from router.audit.vault.tables import vault_texts
from router.audit.vault.wrapping import KeyWrapper
from router.domain import DataClass, JsonObject
from router.errors import RecordNotFound
from router.feedback.note import NOTE
from router.feedback.tables import feedback
from router.protocols import Clock


@dataclass(frozen=True, slots=True)
class Note:
    """`said` has `correction`, `comment` or both."""

    feedback_id: str
    given_at_s: float
    said: JsonObject = field(repr=False)

    def as_json(self) -> JsonObject:
        return {"feedback": self.feedback_id, "given_at_s": self.given_at_s, **self.said}


def read_notes(
    engine: Engine, wrapper: KeyWrapper, clock: Clock, request_id: str, *, actor: Actor, reason: str
) -> list[Note]:
    """What was written about one request, oldest first; the act is committed before any is opened.

    Blocks. Raises RoleRequired, ValueError for no reason, RecordNotFound where nothing is kept (any
    more), KeyUnavailable, TextDamaged.
    """
    require(actor, Permission.READ_TEXTS)
    why = given(reason)
    text = vault_texts.c
    kept = (
        select(feedback.c.id, feedback.c.given_at_s, text.part, text.key_id, text.data_class)
        .add_columns(text.sealed)
        .join_from(
            feedback,
            vault_texts,
            (text.request_id == feedback.c.request_id) & (text.part == feedback.c.text_part),
        )
        .where(feedback.c.request_id == request_id)
        .order_by(feedback.c.given_at_s, feedback.c.id)
    )
    with engine.begin() as connection:
        rows = connection.execute(kept).all()
        if not rows:
            raise RecordNotFound(
                "The vault has no text of feedback to this request: none was given, the policy did "
                "not keep it, or it has gone since."
            )
        wrapped = stored_key(connection, rows[0].key_id)
        details: JsonObject = {"request_id": request_id, "part": NOTE, "texts": len(rows)}
        record_act(connection, Act("vault.text_read", actor.name, why, details), clock.now_s())
    key = unwrapped(wrapper, rows[0].key_id, wrapped)
    return [
        Note(
            row.id,
            row.given_at_s,
            json.loads(
                key.open(
                    Place(request_id, row.part, DataClass.from_label(row.data_class)), row.sealed
                )
            ),
        )
        for row in rows
    ]
