"""The vault's keys: found or made for a request, told whether they live, destroyed."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from router.audit.vault.errors import KeyUnavailable
from router.audit.vault.sealing import TextKey
from router.audit.vault.tables import vault_keys
from router.audit.vault.wrapping import KeyWrapper, Wrapped
from router.errors import LedgerUnavailable
from router.ids import new_id
from router.protocols import Clock
from router.store.database import reading
from router.store.writer import UNAVAILABLE, Writer


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that nobody has written yet."""

    key: TextKey
    row: dict[str, Any] = field(repr=False)

    def write(self, connection: Connection) -> None:
        connection.execute(insert(vault_keys), [self.row])


def slot_of(team: str, subject: str | None) -> str:
    """Where requests of a team look for the key of a subject, or for the team's."""
    return f"{team}/{subject or ''}"


class VaultKeys:
    """Shared keys are durable before anything is sealed with them, so that there is one of each."""

    def __init__(self, engine: Engine, writer: Writer, wrapper: KeyWrapper, clock: Clock) -> None:
        self._engine = reading(engine)
        self._writer = writer
        self._wrapper = wrapper
        self._clock = clock

    def own(self, team: str, request_id: str, requested_at_s: float) -> NewKey:
        """A request's own, to be written with its record. May block; raises KeyUnavailable.

        As old as the request, so that what erases the one erases the other.
        """
        return self._new(team, requested_at_s, request_id=request_id)

    async def shared(self, team: str, subject: str | None) -> TextKey:
        """The key of a subject, or of the team, made if there is none.

        Raises KeyUnavailable and LedgerUnavailable.
        """
        slot = slot_of(team, subject)
        found = await asyncio.to_thread(self._find, slot)
        if found is not None:
            return found
        made = await asyncio.to_thread(self._new_shared, team, subject, slot)
        taken = await self._writer.write(lambda connection: _take(connection, slot, made))
        if taken is None:
            return made.key
        return await asyncio.to_thread(unwrapped, self._wrapper, *taken)

    def _find(self, slot: str) -> TextKey | None:
        try:
            with self._engine.connect() as connection:
                found = _in_slot(connection, slot)
        except SQLAlchemyError as error:
            raise LedgerUnavailable(UNAVAILABLE, retry_after_s=1) from error
        return None if found is None else unwrapped(self._wrapper, *found)

    def _new_shared(self, team: str, subject: str | None, slot: str) -> NewKey:
        return self._new(team, self._clock.now_s(), subject=subject, slot=slot)

    def _new(
        self,
        team: str,
        created_at_s: float,
        *,
        subject: str | None = None,
        request_id: str | None = None,
        slot: str | None = None,
    ) -> NewKey:
        key = TextKey.new(new_id())
        wrapped = self._wrapper.wrap(key.id, key.material)
        row = {
            "id": key.id,
            "team": team,
            "subject": subject,
            "request_id": request_id,
            "slot": slot,
            "wrapped": wrapped.sealed,
            "wrapped_by": wrapped.by,
            "created_at_s": created_at_s,
            "destroyed_at_s": None,
        }
        return NewKey(key, row)


def unwrapped(wrapper: KeyWrapper, key_id: str, wrapped: Wrapped) -> TextKey:
    """Raises KeyUnavailable."""
    return TextKey(key_id, wrapper.unwrap(key_id, wrapped))


def stored_key(connection: Connection, key_id: str) -> Wrapped:
    """Raises KeyUnavailable for a key that has been destroyed, or never was."""
    columns = select(vault_keys.c.wrapped_by, vault_keys.c.wrapped)
    row = connection.execute(columns.where(vault_keys.c.id == key_id)).first()
    if row is None or row.wrapped is None:
        raise KeyUnavailable(f"the key {key_id} has been destroyed")
    return Wrapped(row.wrapped_by, row.wrapped)


def destroy(connection: Connection, key_ids: Collection[str], now_s: float) -> None:
    """What is under these keys cannot be read any more, and no digest under them be checked."""
    connection.execute(
        update(vault_keys)
        .where(vault_keys.c.id.in_(key_ids))
        .values(slot=None, subject=None, wrapped=None, wrapped_by=None, destroyed_at_s=now_s)
    )


def _take(connection: Connection, slot: str, made: NewKey) -> tuple[str, Wrapped] | None:
    """Writes the key, unless somebody was faster: then theirs is the one, and is returned."""
    found = _in_slot(connection, slot)
    if found is None:
        made.write(connection)
    return found


def _in_slot(connection: Connection, slot: str) -> tuple[str, Wrapped] | None:
    columns = select(vault_keys.c.id, vault_keys.c.wrapped_by, vault_keys.c.wrapped)
    row = connection.execute(columns.where(vault_keys.c.slot == slot)).first()
    return None if row is None else (row.id, Wrapped(row.wrapped_by, row.wrapped))
