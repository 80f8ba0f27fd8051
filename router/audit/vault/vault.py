"""The vault: a keyed digest of every text, and the text itself where the policy keeps it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, insert

from router.audit.vault.erased import is_erased, may_be_kept
from router.audit.vault.errors import KeyUnavailable
from router.audit.vault.keys import NewKey, VaultKeys
from router.audit.vault.rules import KeyPer, Part, VaultRules
from router.audit.vault.sealed import Sealed, Sealer
from router.audit.vault.sealing import Place, TextKey
from router.audit.vault.subjects import SubjectNames
from router.audit.vault.tables import vault_texts
from router.audit.vault.texts import input_bytes, output_bytes
from router.audit.vault.wrapping import KeyWrapper
from router.domain import Classification, InferenceRequest, Principal
from router.errors import TextNotKept
from router.protocols import Clock
from router.store.writer import Writer

_Row: TypeAlias = dict[str, Any]

NOT_KEPT = "What must be kept of this request could not be."


class Vault:
    """Seals the two texts of a record.

    Holds no state: one is made for each policy, over the same writer. The key is the subject's
    where the request names one, the request's own where it does not, or the team's if the policy
    says so. Texts are encrypted in threads.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        writer: Writer,
        rules: VaultRules,
        wrapper: KeyWrapper,
        subjects: SubjectNames,
        clock: Clock,
    ) -> None:
        self._keys = VaultKeys(engine, writer, wrapper, clock)
        self._rules = rules
        self._subjects = subjects
        self._clock = clock

    async def seal_input(
        self, request: InferenceRequest, principal: Principal, classification: Classification
    ) -> Sealed:
        """Raises TextNotKept where there is no key to be had, and LedgerUnavailable.

        A shared key that is not there yet is made and durable when this returns; all else is
        written by what is returned.
        """
        requested_at_s = self._clock.now_s()
        try:
            shared = await self._shared_key(request, principal)
            return await asyncio.to_thread(
                self._seal_input, request, principal, classification, shared, requested_at_s
            )
        except KeyUnavailable as error:
            raise TextNotKept(NOT_KEPT, retry_after_s=5) from error

    async def seal_output(self, sealed_input: Sealed, texts: Sequence[str]) -> Sealed:
        """What is answered, under the key of what was asked."""
        return await asyncio.to_thread(_seal_output, sealed_input.sealer, texts)

    async def _shared_key(self, request: InferenceRequest, principal: Principal) -> TextKey | None:
        """None where the request is to have a key of its own."""
        if self._rules.key_per is KeyPer.TEAM:
            return await self._keys.shared(principal.team, None)
        subject = self._subject_of(request, principal)
        return None if subject is None else await self._keys.shared(principal.team, subject)

    def _subject_of(self, request: InferenceRequest, principal: Principal) -> str | None:
        if request.subject is None:
            return None
        return self._subjects.digest(principal.team, request.subject)

    def _seal_input(
        self,
        request: InferenceRequest,
        principal: Principal,
        classification: Classification,
        shared: TextKey | None,
        requested_at_s: float,
    ) -> Sealed:
        if shared is not None:
            own, key = None, shared
        else:
            own = self._keys.own(principal.team, request.request_id, requested_at_s)
            key = own.key
        data_class = classification.data_class
        keep = self._rules.keep(data_class, principal.purpose)
        sealer = Sealer(
            key=key,
            request_id=request.request_id,
            team=principal.team,
            subject=self._subject_of(request, principal),
            data_class=data_class,
            keeps_input=keep.covers(Part.INPUT),
            keeps_output=keep.covers(Part.OUTPUT),
            requested_at_s=requested_at_s,
        )
        text = input_bytes(request.body)
        row = _row(sealer, Part.INPUT, text) if sealer.keeps_input else None
        return Sealed(key.id, key.digest(text), _writing_input(sealer, own, row), sealer)


def _seal_output(sealer: Sealer, texts: Sequence[str]) -> Sealed:
    text = output_bytes(texts)
    row = _row(sealer, Part.OUTPUT, text) if sealer.keeps_output else None

    def write(connection: Connection) -> None:
        # Erased meanwhile: then there is nothing of it to be kept, and the answer may go.
        if row is not None and may_be_kept(connection, sealer):
            connection.execute(insert(vault_texts), [row])

    return Sealed(sealer.key.id, sealer.key.digest(text), write, sealer)


def _writing_input(
    sealer: Sealer, own: NewKey | None, row: _Row | None
) -> Callable[[Connection], None]:
    def write(connection: Connection) -> None:
        if own is None:
            wanted = row is None or may_be_kept(connection, sealer)
        elif wanted := not is_erased(connection, sealer):
            own.write(connection)
        if row is None:
            return
        if not wanted:
            # Erased since it was asked. The next try comes after the erasure.
            raise TextNotKept(NOT_KEPT, retry_after_s=1)
        connection.execute(insert(vault_texts), [row])

    return write


def _row(sealer: Sealer, part: Part, text: bytes) -> _Row:
    place = Place(sealer.request_id, part, sealer.data_class)
    return {
        "request_id": sealer.request_id,
        "part": part.value,
        "key_id": sealer.key.id,
        "team": sealer.team,
        "subject": sealer.subject,
        "data_class": sealer.data_class.label,
        "requested_at_s": sealer.requested_at_s,
        "sealed": sealer.key.seal(place, text),
    }
