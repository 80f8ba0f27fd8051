"""The one way that every request takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from router.accounts.standing import Standing
from router.answer import Answer
from router.audit.ledger import Ledger, OpenRecord
from router.cascade.walk import Cascade
from router.conversation.conversations import Conversations
from router.domain import (
    Classification,
    Decision,
    Endpoint,
    InferenceRequest,
    JsonObject,
    OutcomeStatus,
    Principal,
)
from router.ending import Ending
from router.error_table import INTERNAL, ErrorRow, row_of
from router.errors import (
    AnswerStopped,
    BackendBroken,
    BackendFailure,
    BackendsFailed,
    KeyRevoked,
    LedgerUnavailable,
)
from router.escalation.plan import Cascading, plan_cascade
from router.escalation.serve import Escalator
from router.features.reader import FeatureReader
from router.features.texts import asked_texts
from router.learned.live import LearnedRouter
from router.load.gates import Claim
from router.load.lane import lane_of
from router.long_bodies import out_of_the_way
from router.meanwhile import meanwhile
from router.output_guard import OutputGuard
from router.policy.conditions import Conditions, conditions_of
from router.policy.decide import decide
from router.policy.policy import Rules
from router.policy.refuse import not_permitted
from router.policy.requirements import capable, requirements_of
from router.privacy.classify import Classifier, Scan
from router.privacy.exceptions import utc_day
from router.privacy.stickiness import Stickiness
from router.privacy.tenancy import TenantSecrets
from router.protocols import Clock
from router.reply import Reply
from router.run import Run
from router.task import Features
from router.telemetry.observer import Observers
from router.telemetry.paces import Paces
from router.telemetry.steps import Step
from router.trail import Trail
from router.trials.observations import Observations
from router.trials.shadows import Shadows

CUT_SHORT = ErrorRow(200, "server_error", "answer_cut_short")
CLIENT_GONE = ErrorRow(499, "client_error", "client_disconnected")


@dataclass(frozen=True, slots=True)
class _Known:
    """What orders models for a request; `predicted` as in `Conditions`. Permits nothing (I3)."""

    features: Features
    predicted: Mapping[str, float] | None = None


class Pipeline:
    """Wired once per policy. `run` answers a request, `explain` says what would happen to it.

    The cascade's gates follow the policy from when this is made.
    """

    def __init__(
        self,
        *,
        rules: Rules,
        classifier: Classifier,
        stickiness: Stickiness,
        features: FeatureReader,
        conversations: Conversations,
        ledger: Ledger,
        cascade: Cascade,
        output: OutputGuard,
        tenants: TenantSecrets,
        standing: Standing,
        clock: Clock,
        paces: Paces,
        shadows: Shadows,
        observations: Observations,
        observers: Observers | None = None,
        learned: LearnedRouter | None = None,
    ) -> None:
        self._rules = rules
        self._learned = learned
        self._classifier = classifier
        self._stickiness = stickiness
        self._features = features
        self._conversations = conversations
        self._ledger = ledger
        self._cascade = cascade
        self._escalator = Escalator(cascade, clock)
        self._output = output
        self._tenants = tenants
        self._standing = standing
        self._clock = clock
        self._paces = paces
        self._shadows = shadows
        self._ending = Ending(
            ledger=ledger,
            stickiness=stickiness,
            conversations=conversations,
            observations=observations,
            paces=paces,
            observers=observers or Observers(),
            clock=clock,
        )
        cascade.gates.follow(rules.policy.capacity)

    async def explain(
        self, request: InferenceRequest, principal: Principal
    ) -> tuple[Classification, Decision, Cascading | None]:
        """What `run` would decide, with nothing recorded and nothing sent."""
        async with (
            meanwhile(self._classifier.scan(request, principal)) as scan,
            meanwhile(self._read(request, principal)) as reading,
        ):
            classification = await self._classify(request, principal, scan)
            known = await reading
        decision, cascading = await self._decide(request, classification, principal, known)
        return classification, decision, cascading

    async def _read(self, request: InferenceRequest, principal: Principal) -> _Known:
        """Reads the request, and recalls its conversation where that goes on."""
        read = await self._features.read(request, principal)
        features = read.features
        if read.goes_on:
            features = await self._conversations.recall(features, request, principal)
        if not self._rules.policy.routing.ranks_by_utility or self._learned is None:
            return _Known(features)
        if request.endpoint is not Endpoint.CHAT:
            return _Known(features)
        text, task = asked_texts(request.body).user, features.task.value
        expected = await asyncio.to_thread(self._learned.expected_quality, text, task)
        return _Known(features, expected)

    async def _decide(
        self,
        request: InferenceRequest,
        classification: Classification,
        principal: Principal,
        known: _Known,
    ) -> tuple[Decision, Cascading | None]:
        """The decision, and whether a cheaper model of its plan is tried first."""
        features, conditions = known.features, self._conditions(known)
        decision = decide(request, classification, principal, self._rules, features, conditions)
        today = utc_day(self._clock.now_s())
        cascading, code = await out_of_the_way(
            request.body, plan_cascade, request, decision, principal, self._rules, today
        )
        if code is not None:
            decision = replace(decision, reasons=(*decision.reasons, code))
        return decision, cascading

    def _conditions(self, known: _Known) -> Conditions:
        """How models stand now, and what is expected of them, where the policy ranks by it."""
        if not self._rules.policy.routing.ranks_by_utility:
            return Conditions()
        cascade = self._cascade
        paces = self._paces.lately(self._clock.monotonic_s())
        conditions = conditions_of(cascade.gates.load(), cascade.open_breakers, paces)
        return replace(conditions, predicted=known.predicted)

    async def _classify(
        self, request: InferenceRequest, principal: Principal, scan: Awaitable[Scan]
    ) -> Classification:
        # First: without it no request goes on, whatever the scan finds and however long it takes.
        inheritance = await self._stickiness.inheritance(request, principal)
        return self._classifier.conclude(
            request,
            principal,
            await scan,
            inheritance.data_class,
            undetermined=not inheritance.complete,
            inherited_cause=inheritance.cause,
            inherited_under=inheritance.exceptions,
        )

    async def run(self, request: InferenceRequest, principal: Principal, trail: Trail) -> Reply:
        """Returns the answer once a backend has begun it: one object, or the chunks of a stream.

        Its last piece is given out when the record is durable and not before (I5). Raises a
        RequestError, here or between two chunks.
        """
        run = Run(request, principal, trail, self._clock.monotonic_s())
        self._begins(run, Step.CLASSIFY)
        async with (
            meanwhile(self._classifier.scan(request, principal)) as scan,
            meanwhile(self._read(request, principal)) as reading,
        ):
            classification = await self._classify(request, principal, scan)
            trail.classification = classification
            self._begins(run, Step.DECIDE)
            known = await reading
        decision, cascading = await self._decide(request, classification, principal, known)
        trail.decision = decision
        self._begins(run, Step.RECORD)
        opened = await self._open(run, classification, decision, cascading)
        run = replace(run, opened=opened)
        trail.decision = opened.decision
        self._begins(run, Step.DISPATCH)
        try:
            if opened.refusal is not None:
                raise opened.refusal
            events = await self._dispatch(run, opened, cascading)
        except asyncio.CancelledError:
            await self._ending.close(run, OutcomeStatus.CANCELLED, CLIENT_GONE)
            raise
        except Exception as error:
            await self._ending.close(run, row_of(error).outcome, row_of(error))
            raise
        return await Reply.begin(self._deliver(run, events))

    async def _open(
        self,
        run: Run,
        classification: Classification,
        decision: Decision,
        cascading: Cascading | None,
    ) -> OpenRecord:
        beside = () if cascading is None else cascading.beside
        try:
            return await self._ledger.open(
                run.request, run.principal, classification, decision, beside
            )
        except asyncio.CancelledError:
            # The writer has the decision already and commits it: it must not stay open for ever.
            await self._ending.close(run, OutcomeStatus.CANCELLED, CLIENT_GONE)
            raise
        except LedgerUnavailable as error:
            self._ending.unrecorded(run, error)
            raise

    async def _dispatch(
        self, run: Run, opened: OpenRecord, cascading: Cascading | None
    ) -> AsyncGenerator[JsonObject, None]:
        decision = opened.decision
        if not decision.plan:
            raise not_permitted(run.request, decision, run.principal, self._rules)
        body = run.request.body
        requirements = await out_of_the_way(body, requirements_of, run.request)
        plan, _ = capable(decision.plan, requirements)
        cache_salt = self._tenants.cache_salt(run.principal.team)
        lane = lane_of(run.request, run.principal, decision, self._rules.policy.capacity)
        claim = Claim(run.principal.team, lane)
        if cascading is not None and not opened.answer_alone:
            # A budget may have taken models out of the plan since.
            cascading = cascading.within(decision.plan)
            if cascading is not None:
                return await self._escalator.serve(
                    run.request,
                    decision,
                    cascading,
                    cache_salt,
                    run.trail,
                    claim=claim,
                    require_standing=partial(self._standing.require, run.principal),
                )
        return await self._cascade.serve(
            run.request, decision, plan, cache_salt, run.trail, claim=claim
        )

    async def _deliver(
        self, run: Run, answered: AsyncGenerator[JsonObject, None]
    ) -> AsyncGenerator[JsonObject, None]:
        step, decision = run.trail.step, run.trail.decision
        if step is None or decision is None:
            raise AssertionError("an answer without a model that gave it")
        self._begins(run, Step.DELIVER)
        model = step.model
        copy = self._shadows.copy_of(run.request, run.principal, decision, step)
        input_tokens, said = decision.features.input_tokens, run.trail.heard
        answer = Answer(run.request, model, input_tokens, said)
        valid = self._standing.while_valid(run.principal, answered)
        scanned = self._output.watch(valid, run.request, run.principal, model, run.trail.output)
        begun = False
        try:
            # All of them: closing a generator that nobody has begun to read closes nothing in it.
            async with aclosing(answered), aclosing(scanned):
                async for event in scanned:
                    copy.hear(event)
                    for shown in answer.take(event):
                        begun = True
                        yield shown
                    run.trail.itl.went_out(answer.piece_count, self._clock.monotonic_s())
            if answer.is_empty:
                raise BackendBroken("an answer with nothing in it")
        except (AnswerStopped, KeyRevoked) as stopped:
            row = row_of(stopped)
            status = OutcomeStatus.PARTIAL if begun else row.outcome
            await self._ending.close(run, status, row.after_first_byte if begun else row, answer)
            raise
        except BackendFailure as failure:
            broken = BackendsFailed(
                "The model's answer broke off; what came of it is not all of it."
            )
            if begun:
                await self._ending.close(run, OutcomeStatus.PARTIAL, CUT_SHORT, answer)
            else:
                await self._ending.close(run, OutcomeStatus.FAILED, row_of(broken), answer)
            raise broken from failure
        except (asyncio.CancelledError, GeneratorExit):
            await self._ending.close(run, OutcomeStatus.CANCELLED, CLIENT_GONE, answer)
            raise
        except Exception:
            await self._ending.close(run, OutcomeStatus.FAILED, INTERNAL, answer)
            raise
        await self._ending.close(run, OutcomeStatus.ANSWERED, None, answer)
        try:
            for shown in answer.held:
                yield shown
        finally:
            self._shadows.follow(copy, self._tenants.cache_salt(run.principal.team))

    def _begins(self, run: Run, step: Step) -> None:
        run.trail.begins(step, self._clock.monotonic_s())
