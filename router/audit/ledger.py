"""The record of every request: the decision before anything is sent, then the outcome (I5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from router.accounts.limits.admission import Admission
from router.accounts.limits.estimate import asked_of
from router.audit.entries import Entry, EntryKind, append
from router.audit.record_content import decision_content, outcome_content
from router.audit.tables import decisions, outcomes
from router.audit.vault.sealed import Sealed
from router.audit.vault.vault import Vault
from router.conversation.store import ConversationMark, remember
from router.domain import (
    Classification,
    Decision,
    InferenceRequest,
    JsonObject,
    ModelSpec,
    Outcome,
    Principal,
)
from router.errors import RequestError
from router.long_bodies import out_of_the_way
from router.privacy.taint_store import TaintMarks, add_marks
from router.protocols import Clock
from router.store.deferred import insert_later
from router.store.writer import Writer


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """The first half of a record, durable.

    `decision` is what was recorded: its plan may be shorter than what the policy decided. `refusal`
    is why the request may not go on, None where it may. `answer_alone` where there is not enough
    for what was to be asked beside the answer.
    """

    decision: Decision
    sealed: Sealed
    refusal: RequestError | None
    answer_alone: bool = False


class Ledger:
    """Every method returns once its half of the record is durable, or raises LedgerUnavailable."""

    def __init__(self, writer: Writer, clock: Clock, admission: Admission, vault: Vault) -> None:
        self._writer = writer
        self._clock = clock
        self._admission = admission
        self._vault = vault

    async def open(
        self,
        request: InferenceRequest,
        principal: Principal,
        classification: Classification,
        decision: Decision,
        beside: Sequence[ModelSpec] = (),
    ) -> OpenRecord:
        """Holds what the request may cost, keeps its text as the policy says, and records it.

        `beside` as for `Admission.admit`. Raises TextNotKept, too, where the policy wants the text
        and it could not be kept.
        """
        sealed = await self._vault.seal_input(request, principal, classification)
        asked = None
        if self._admission.limits(principal, decision):
            # Before the transaction: a long body is read for a while.
            asked = await out_of_the_way(request.body, asked_of, request)

        def write(connection: Connection) -> OpenRecord:
            now_s = self._clock.now_s()
            admitted = self._admission.admit(
                connection, request, principal, decision, now_s, asked=asked, beside=beside
            )
            content = decision_content(request, principal, classification, admitted.decision)
            content |= {"input_digest": sealed.digest, "vault_key": sealed.key_id}
            _add(connection, EntryKind.DECISION, request.request_id, content, now_s)
            sealed.write(connection)
            return OpenRecord(admitted.decision, sealed, admitted.refusal, admitted.answer_alone)

        return await self._writer.write(write)

    async def close(
        self,
        outcome: Outcome,
        opened: OpenRecord | None,
        texts: Sequence[str] = (),
        marks: TaintMarks | None = None,
        conversation: ConversationMark | None = None,
    ) -> None:
        """Writes the outcome and, in the same transaction, what sticks to the answer (I9), and by
        which model the conversation was answered.

        What was sent of an answer sticks whether its outcome could be written or not: where this
        raises, it is written as soon as the database takes it. `texts` are what was answered.
        """
        sealed = None
        if opened is not None and texts:
            sealed = await self._vault.seal_output(opened.sealed, texts)
        await self._writer.write(self._closing(outcome, sealed, marks, conversation), owed=True)

    def close_later(self, outcome: Outcome) -> None:
        """For a decision that came too late to be acted on, and may have been written since."""
        self._writer.owe(self._closing(outcome, None, None))

    def _closing(
        self,
        outcome: Outcome,
        sealed: Sealed | None,
        marks: TaintMarks | None,
        conversation: ConversationMark | None = None,
    ) -> Callable[[Connection], None]:
        now_s = self._clock.now_s()

        def write(connection: Connection) -> None:
            content = outcome_content(outcome)
            content["output_digest"] = None if sealed is None else sealed.digest
            _add(connection, EntryKind.OUTCOME, outcome.request_id, content, now_s)
            self._admission.settle(connection, outcome, now_s)
            if sealed is not None:
                sealed.write(connection)
            if marks is not None:
                add_marks(connection, marks)
            if conversation is not None:
                remember(connection, conversation)

        return write


def _add(
    connection: Connection, kind: EntryKind, request_id: str, content: JsonObject, now_s: float
) -> None:
    table = decisions if kind is EntryKind.DECISION else outcomes
    row = {name: value for name, value in content.items() if name in table.c}
    insert_later(connection, table, row | {"request_id": request_id, "recorded_at_s": now_s})
    append(connection, Entry(kind, now_s, content, request_id))
