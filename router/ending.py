"""What is done when a request is over, however it ends: its outcome is made durable, and told."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from router.answer import Answer
from router.audit.ledger import Ledger
from router.cascade.walk import ANSWERED
from router.conversation.conversations import Conversations
from router.conversation.store import ConversationMark
from router.domain import Json, Outcome, OutcomeStatus, Usage
from router.error_table import ErrorRow, row_of
from router.errors import LedgerUnavailable
from router.long_bodies import out_of_the_way
from router.privacy.stickiness import Stickiness
from router.privacy.taint_store import TaintMarks
from router.protocols import Clock
from router.run import Run
from router.telemetry.ended import RequestEnded, choice_label
from router.telemetry.itl import ItlCounts
from router.telemetry.observer import Observers
from router.telemetry.paces import Paces
from router.telemetry.steps import Step
from router.trials.observations import Observations


class Ending:
    """Wired once per policy, as the pipeline is."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        stickiness: Stickiness,
        conversations: Conversations,
        observations: Observations,
        paces: Paces,
        observers: Observers,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._stickiness = stickiness
        self._conversations = conversations
        self._observations = observations
        self._paces = paces
        self._observers = observers
        self._clock = clock

    async def close(
        self,
        run: Run,
        status: OutcomeStatus,
        error: ErrorRow | None,
        answer: Answer | None = None,
    ) -> None:
        """Makes the outcome durable; a client that leaves meanwhile does not stop it."""
        if status is not OutcomeStatus.ANSWERED:
            run.trail.itl.broke_off(self._clock.monotonic_s())
        await asyncio.shield(self._record(run, self._outcome(run, status, error, answer), answer))

    async def _record(self, run: Run, outcome: Outcome, answer: Answer | None) -> None:
        run.trail.begins(Step.CLOSE, self._clock.monotonic_s())
        texts: tuple[str, ...] = ()
        marks: TaintMarks | None = None
        conversation: ConversationMark | None = None
        if answer is not None:
            texts = answer.texts
            read: list[Json] = [*texts, run.request.body]
            marks, conversation = await out_of_the_way(read, self._marks, run, outcome, texts)
        try:
            await self._ledger.close(outcome, run.opened, texts, marks, conversation)
        except LedgerUnavailable as error:
            row = row_of(error)
            self._tell(
                run,
                replace(
                    outcome, status=row.outcome, http_status=row.http_status, error_code=row.code
                ),
            )
            raise
        self._tell(run, outcome)
        if run.opened is not None and self._observations.wanted:
            body, note = run.request.body, self._observations.note
            decision = run.opened.decision
            await out_of_the_way(body, note, run.request, run.principal, decision, outcome)

    def unrecorded(self, run: Run, error: LedgerUnavailable) -> None:
        """No decision of it is durable: its outcome is, as soon as may be."""
        row = row_of(error)
        outcome = self._outcome(run, row.outcome, row)
        self._ledger.close_later(outcome)
        self._tell(run, outcome)

    def _tell(self, run: Run, outcome: Outcome) -> None:
        """Metrics and traces follow from this, once the record is written or cannot be."""
        request, trail = run.request, run.trail
        ended = RequestEnded(
            request_id=request.request_id,
            endpoint=request.endpoint,
            choice=choice_label(request.choice),
            stream=request.stream,
            team=run.principal.team,
            classification=trail.classification,
            outcome=outcome,
            model=trail.step.model if trail.step else None,
            fallbacks=trail.fallbacks,
            began_s=run.started_s,
            ended_s=self._clock.monotonic_s(),
            marks=tuple(trail.marks),
            itl=_itl(run),
            policy_digest=trail.decision.policy_digest if trail.decision else None,
            traceparent=trail.traceparent,
        )
        self._paces.request_ended(ended)
        self._observers.request_ended(ended)

    def _outcome(
        self,
        run: Run,
        status: OutcomeStatus,
        error: ErrorRow | None,
        answer: Answer | None = None,
    ) -> Outcome:
        trail, step = run.trail, run.trail.step
        attempts, own_nano_usd, usage = tuple(trail.attempts), 0, Usage()
        if answer is not None:
            taken = answer.taken()
            own_nano_usd, usage = taken.cost_nano_usd, taken.usage
            attempts = tuple(
                replace(each, estimated=taken.estimated) if each.outcome == ANSWERED else each
                for each in attempts
            )
        escalation = trail.escalation
        if escalation is not None and escalation.kept:
            cheap_nano_usd = escalation.cheap_cost_nano_usd + own_nano_usd
            escalation = replace(escalation, cheap_cost_nano_usd=cheap_nano_usd)
        return Outcome(
            request_id=run.request.request_id,
            status=status,
            http_status=200 if error is None else error.http_status,
            error_code=None if error is None else error.code,
            model=step.model.key if step else None,
            weights_digest=step.model.weights_digest if step else None,
            tier=step.tier if step else None,
            attempts=attempts,
            usage=usage,
            cost_nano_usd=own_nano_usd + sum(attempt.cost_nano_usd for attempt in attempts),
            ttft_s=trail.ttft_s,
            latency_s=self._clock.monotonic_s() - run.started_s,
            dropped_fields=trail.dropped_fields,
            output_findings=trail.output.findings,
            output_action=trail.output.action,
            output_undetermined=trail.output.undetermined,
            escalation=escalation,
        )

    def _marks(
        self, run: Run, outcome: Outcome, texts: tuple[str, ...]
    ) -> tuple[TaintMarks | None, ConversationMark | None]:
        """What sticks to the answer, and what is remembered of the conversation."""
        request, principal, trail = run.request, run.principal, run.trail
        conversation = self._conversations.mark(request, principal, outcome)
        if trail.step is None or trail.classification is None:
            return None, conversation
        model, classification = trail.step.model, trail.classification
        marks = self._stickiness.marks(request, principal, classification, model, texts)
        return marks, conversation


def _itl(run: Run) -> ItlCounts | None:
    """None where what went out does not show how the model wrote it: an answer in one piece, one
    that was read ahead and judged, and choices that take turns.
    """
    body, escalation = run.request.body, run.trail.escalation
    read_ahead = escalation is not None and escalation.kept
    if not run.request.stream or read_ahead or body.get("n") not in (None, 1):
        return None
    return run.trail.itl.counted()
