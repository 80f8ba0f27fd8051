"""Feedback taken: for the caller's own requests, once, and durable when it is acknowledged."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, Engine, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from router.accounts.limits.rules import LimitRules
from router.accounts.people.actor import KEY_ACTOR
from router.audit.acts import Act, record_act
from router.audit.tables import decisions
from router.audit.vault.errors import KeyUnavailable
from router.audit.vault.keys import unwrapped
from router.audit.vault.rules import VaultRules
from router.audit.vault.sealing import TextKey
from router.audit.vault.tables import vault_texts
from router.audit.vault.wrapping import KeyWrapper, Wrapped
from router.domain import JsonObject, Principal
from router.errors import (
    FeedbackFull,
    InvalidRequest,
    LedgerUnavailable,
    RecordNotFound,
    TextNotKept,
)
from router.feedback.feedback import Feedback, FeedbackRules
from router.feedback.note import (
    Beside,
    key_of,
    keyed_digest,
    note_bytes,
    part_of,
    place_for,
    plain_digest,
)
from router.feedback.rate import count_request, limited
from router.feedback.tables import feedback
from router.ids import new_id
from router.protocols import Clock
from router.store.database import reading
from router.store.writer import Writer

GIVEN = "feedback.given"


@dataclass(frozen=True, slots=True)
class Taken:
    """`text_kept` is None where there was no text."""

    id: str
    request_id: str
    text_kept: bool | None


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where a text goes, and the key that it is sealed with there."""

    place: Beside
    key: TextKey


class FeedbackInbox:
    """Holds no state; the rules are those of the policy that a request came under."""

    def __init__(self, engine: Engine, writer: Writer, wrapper: KeyWrapper, clock: Clock) -> None:
        self._engine = reading(engine)
        self._writer = writer
        self._wrapper = wrapper
        self._clock = clock

    async def take(
        self,
        said: Feedback,
        principal: Principal,
        rules: FeedbackRules,
        vault: VaultRules,
        limits: LimitRules,
    ) -> Taken:
        """Keeps it, and its text where the vault keeps both texts of the record. A recorded act.

        Counts as a request of the caller's, taken or not: it is read for, and its key may be asked
        for elsewhere. What the same key has said of the request before, to the letter, is not taken
        twice: then the first one is returned. Raises InvalidRequest for a label that nobody knows,
        RateLimited, RecordNotFound for what is no request of this team, FeedbackFull,
        LedgerUnavailable, and TextNotKept where the text is to be kept and its key is not at hand.
        """
        if said.label is not None and said.label not in rules.known:
            raise InvalidRequest(f"label: use one of {', '.join(rules.known)}.", param="label")
        scopes = limited(limits, principal)
        if scopes:
            refusal = await self._writer.write(
                lambda connection: count_request(connection, scopes, self._clock.now_s())
            )
            if refusal is not None:
                raise refusal
        found = await asyncio.to_thread(self._look, said, principal, rules, vault)
        if isinstance(found, Taken):
            return found
        return await self._writer.write(
            lambda connection: found.write(connection, self._clock.now_s())
        )

    def _look(
        self, said: Feedback, principal: Principal, rules: FeedbackRules, vault: VaultRules
    ) -> Taken | _Giving:
        """What the transaction should not wait for, nor fail for: others may be in it, too."""
        try:
            with self._engine.connect() as connection:
                _require_own(connection, said.request_id, principal)
                place = place_for(connection, said.request_id, vault) if said.has_text else None
                wrapped = None if place is None else key_of(connection, place)
            kept = None
            if place is not None and wrapped is not None:
                kept = _Kept(place, self._unwrapped(place, wrapped))
            giving = _Giving(said, principal, rules, vault, kept)
            with self._engine.connect() as connection:
                return giving.before(connection) or giving
        except SQLAlchemyError as error:
            raise LedgerUnavailable("Records cannot be read now.", retry_after_s=1) from error

    def _unwrapped(self, place: Beside, wrapped: Wrapped) -> TextKey:
        """The key may have to be asked for elsewhere."""
        try:
            return unwrapped(self._wrapper, place.key_id, wrapped)
        except KeyUnavailable as error:
            raise TextNotKept("The text could not be kept.", retry_after_s=5) from error


@dataclass(frozen=True, slots=True)
class _Giving:
    """One piece of feedback on its way into the database."""

    said: Feedback
    principal: Principal
    rules: FeedbackRules
    vault: VaultRules
    kept: _Kept | None

    def before(self, connection: Connection) -> Taken | None:
        """What the same key has said before, to the letter; None where it is to be written.

        Raises FeedbackFull where there is as much as is taken.
        """
        before = _said_before(connection, self.said, self.principal, self.digest)
        if before is None:
            self._room(connection)
        return before

    @property
    def digest(self) -> str:
        kept = self.kept
        return plain_digest(self.said) if kept is None else keyed_digest(self.said, kept.key)

    def write(self, connection: Connection, now_s: float) -> Taken:
        """Looks again at all that may have changed meanwhile."""
        said, kept = self.said, self.kept
        _require_own(connection, said.request_id, self.principal)
        if kept is not None and place_for(connection, said.request_id, self.vault) != kept.place:
            # Erased: nothing of it comes back.
            return replace(self, kept=None).write(connection, now_s)
        before = self.before(connection)
        if before is not None:
            return before
        count = self._room(connection)
        part = None if kept is None else part_of(count + 1)
        feedback_id = new_id()
        row = {
            "id": feedback_id,
            "request_id": said.request_id,
            "key_id": self.principal.key_id,
            "digest": self.digest,
            "given_at_s": now_s,
            "score": said.score,
            "label": said.label,
            "text_part": part,
        }
        connection.execute(insert(feedback), [row])
        if kept is not None and part is not None:
            text = kept.place.row(said.request_id, part, kept.key, note_bytes(said))
            connection.execute(insert(vault_texts), [text])
        details: JsonObject = {
            "feedback": feedback_id,
            "request_id": said.request_id,
            "score": said.score,
            "label": said.label,
            "text_digest": None if kept is None else self.digest,
        }
        who = self.principal.user or f"{KEY_ACTOR}{self.principal.key_id}"
        record_act(connection, Act(GIVEN, who, details=details), now_s)
        return _taken(feedback_id, said, part)

    def _room(self, connection: Connection) -> int:
        """How many there are. Raises FeedbackFull where that is as many as are taken."""
        of_request = feedback.c.request_id == self.said.request_id
        # With those that it replaced: to rotate a key makes it no other.
        line = self.principal.key_line or (self.principal.key_id,)
        own = _count(connection, of_request & feedback.c.key_id.in_(line))
        if own >= self.rules.max_per_key:
            raise FeedbackFull(
                f"This key has given {own} pieces of feedback to this request already, as many as "
                "are taken of one key. What it said last counts."
            )
        count = _count(connection, of_request)
        if count >= self.rules.max_per_request:
            raise FeedbackFull(
                f"This request has {count} pieces of feedback already, as many as are taken."
            )
        return count


def _count(connection: Connection, which: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(feedback).where(which)) or 0


def _require_own(connection: Connection, request_id: str, principal: Principal) -> None:
    mine = (decisions.c.request_id == request_id) & (decisions.c.team == principal.team)
    if connection.scalar(select(decisions.c.request_id).where(mine)) is None:
        raise RecordNotFound("There is no record of this id that your key may read.")


def _said_before(
    connection: Connection, said: Feedback, principal: Principal, digest: str
) -> Taken | None:
    same = select(feedback.c.id, feedback.c.text_part).where(
        feedback.c.request_id == said.request_id,
        feedback.c.key_id == principal.key_id,
        feedback.c.digest == digest,
    )
    row = connection.execute(same).first()
    return None if row is None else _taken(row.id, said, row.text_part)


def _taken(feedback_id: str, said: Feedback, part: str | None) -> Taken:
    return Taken(feedback_id, said.request_id, part is not None if said.has_text else None)
