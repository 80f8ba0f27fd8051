"""Reading the vault: for auditors alone, and never without a record of it."""

from __future__ import annotations

import hmac
import json

from sqlalchemy import Connection, Engine, select

from router.accounts.people.actor import Actor
from router.accounts.people.permissions import Permission, require
from router.audit.acts import Act, record_act
from router.audit.entries import EntryKind
from router.audit.tables import audit_entries
from router.audit.vault.holds import key_of_request
from router.audit.vault.keys import stored_key, unwrapped
from router.audit.vault.reasons import given
from router.audit.vault.rules import Part
from router.audit.vault.sealing import Place
from router.audit.vault.tables import vault_texts
from router.audit.vault.texts import readings
from router.audit.vault.wrapping import KeyWrapper
from router.domain import DataClass, JsonObject
from router.errors import RecordNotFound
from router.protocols import Clock

_DIGESTS = {
    Part.INPUT: (EntryKind.DECISION, "input_digest"),
    Part.OUTPUT: (EntryKind.OUTCOME, "output_digest"),
}


class VaultReader:
    """Every method commits the act before it returns or decrypts anything. Blocks."""

    def __init__(self, engine: Engine, wrapper: KeyWrapper, clock: Clock) -> None:
        self._engine = engine
        self._wrapper = wrapper
        self._clock = clock

    def read_text(self, request_id: str, part: Part, actor: Actor, reason: str) -> bytes:
        """The text as it is kept (`texts.py`).

        Raises RoleRequired, ValueError for no reason, RecordNotFound where it is not kept (any
        more), KeyUnavailable, TextDamaged.
        """
        require(actor, Permission.READ_TEXTS)
        why = given(reason)
        of_part = (vault_texts.c.request_id == request_id) & (vault_texts.c.part == part.value)
        with self._engine.begin() as connection:
            row = connection.execute(select(vault_texts).where(of_part)).first()
            if row is None:
                raise RecordNotFound(
                    f"The vault has no {part} of this request: the policy did not keep it, or it "
                    "has gone since."
                )
            wrapped = stored_key(connection, row.key_id)
            act = Act("vault.text_read", actor.name, why, _which(request_id, part))
            record_act(connection, act, self._clock.now_s())
        key = unwrapped(self._wrapper, row.key_id, wrapped)
        place = Place(request_id, part, DataClass.from_label(row.data_class))
        return key.open(place, row.sealed)

    def matches(self, request_id: str, part: Part, text: bytes, actor: Actor, reason: str) -> bool:
        """Whether `text`, which the auditor holds, is what the record's digest was made of.

        `text` is JSON in whatever layout, or, of an answer, its one plain text. Works whether the
        vault kept the text or not. As `read_text`: who may check guesses can find a short text.
        """
        require(actor, Permission.READ_TEXTS)
        why = given(reason)
        with self._engine.begin() as connection:
            digest = _digest(connection, request_id, part)
            key_id = key_of_request(connection, request_id)
            wrapped = stored_key(connection, key_id)
            act = Act("vault.text_compared", actor.name, why, _which(request_id, part))
            record_act(connection, act, self._clock.now_s())
        key = unwrapped(self._wrapper, key_id, wrapped)
        return any(hmac.compare_digest(key.digest(each), digest) for each in readings(part, text))


def _which(request_id: str, part: Part) -> JsonObject:
    return {"request_id": request_id, "part": part.value}


def _digest(connection: Connection, request_id: str, part: Part) -> str:
    kind, name = _DIGESTS[part]
    of_half = (audit_entries.c.request_id == request_id) & (audit_entries.c.kind == kind.value)
    body = connection.scalar(select(audit_entries.c.body).where(of_half))
    digest: str | None = None if body is None else json.loads(body).get(name)
    if digest is None:
        raise RecordNotFound(f"No record has a digest of the {part} of this request.")
    return digest
