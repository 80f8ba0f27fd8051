"""Whether limits and budgets let a request in, in the transaction that records its decision.

What a request may cost is held before it is sent, and replaced by what it did cost when its outcome
is recorded. Nothing gets in for which budget - spent - held is not enough, so a budget is never
exceeded while no request costs more than was held for it. Where one does (its tokens were estimated
too low, or a model before the one that answered charges, too), the budget may be exceeded by that
difference, of the requests then under way, and by no more: what comes after them does not get in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, delete, insert, select

from router.accounts.limits.afford import Affordable, afford, has_room
from router.accounts.limits.charges import charges, models_tried
from router.accounts.limits.counters import (
    Counts,
    begin_windows,
    change_windows,
    read_counts,
)
from router.accounts.limits.estimate import Asked, asked_of, estimate
from router.accounts.limits.hold import Amount, Hold, Share, read_hold
from router.accounts.limits.refusal import refusal
from router.accounts.limits.release import release_expired
from router.accounts.limits.rules import LimitRules, Metric, Scope
from router.accounts.limits.tables import limit_holds
from router.accounts.limits.taken import MAX_CHARGE_NANO_USD, MAX_CHARGE_TOKENS
from router.domain import Decision, InferenceRequest, ModelSpec, Outcome, PlanStep, Principal
from router.errors import MissingCapability, RequestError
from router.ids import new_id
from router.policy.requirements import capable

LONGEST_REQUEST_S = 3_600.0
"""The longest that a policy can let the tries of one request take."""

LEASE_MARGIN_S = 60.0
"""For what comes after the last try: the end of the scan, and a record that is written late."""

ANSWER_ALONE = "budget:answer_alone"
"""The code of a request that only the answer is paid for, and nothing beside it."""

_MINE = limit_holds.c.request_id == bindparam("settled")
_HOLD_OF = select(limit_holds.c.amounts, limit_holds.c.released).where(_MINE)
_DROP_HOLD = delete(limit_holds).where(_MINE)
_ADD_HOLD = insert(limit_holds)


@dataclass(frozen=True, slots=True)
class Admitted:
    """The decision, its plan narrowed to what can be paid; or with an empty plan and a refusal.

    `answer_alone` where there is not enough for what was to be asked beside the answer.
    """

    decision: Decision
    refusal: RequestError | None = None
    answer_alone: bool = False


class Admission:
    """Used by the ledger alone, on the writer's connection.

    One per policy, since a request is settled by the rules that it was admitted by.
    """

    def __init__(
        self, rules: LimitRules | None = None, *, longest_request_s: float = LONGEST_REQUEST_S
    ) -> None:
        self._rules = rules or LimitRules()
        self._lease_s = longest_request_s + LEASE_MARGIN_S
        self._owner = new_id()
        self._ever_held = False

    def admit(
        self,
        connection: Connection,
        request: InferenceRequest,
        principal: Principal,
        decision: Decision,
        now_s: float,
        *,
        asked: Asked | None = None,
        beside: Sequence[ModelSpec] = (),
    ) -> Admitted:
        """Holds what the request may cost at most, or says why it may not go.

        `beside` are models that may charge for it beside the one that answers: what each is thought
        to take is held on top, if there is enough for all of it, and else none of them is asked.
        Touches the database only if a limit applies. A request that no model of its plan can take
        is refused later, and counts nothing. `asked` is what was read of its body before, since
        whoever else writes waits for what is done here.
        """
        models = [*(step.model for step in decision.plan), *beside]
        scopes = self._rules.scopes(principal, models)
        if not scopes:
            return Admitted(decision)
        asked = asked or asked_of(request)
        steps = _capable(asked, decision)
        if not steps:
            return Admitted(decision)
        estimates = _estimates(request, steps, asked.input_tokens)
        counts = read_counts(connection, scopes, now_s)
        found = afford(steps, estimates, scopes, counts, now_s)
        # Nobody is refused for what a gateway held that is no more.
        if found.obstacles and release_expired(connection, now_s):
            counts = read_counts(connection, scopes, now_s)
            found = afford(steps, estimates, scopes, counts, now_s)
        if found.refused is not None:
            return _refused(decision, found, now_s)
        more = [(model.key, _amount(request, model, asked.input_tokens)) for model in beside]
        hold = _hold(found.steps, estimates, scopes, now_s, more)
        answer_alone = bool(more) and not has_room(hold, scopes, counts)
        if answer_alone:
            hold = _hold(found.steps, estimates, scopes, now_s)
            decision = replace(decision, reasons=(*decision.reasons, ANSWER_ALONE))
        self._write(connection, request.request_id, hold, counts, now_s)
        if found.obstacles:
            reasons = (*decision.reasons, *_codes(found, "narrowed"))
            decision = replace(decision, plan=found.steps, reasons=reasons)
        return Admitted(decision, answer_alone=answer_alone)

    def limits(self, principal: Principal, decision: Decision) -> bool:
        """Whether `admit` will want to know what the request asks for. Pure."""
        return bool(self._rules.scopes(principal, (step.model for step in decision.plan)))

    def settle(self, connection: Connection, outcome: Outcome, now_s: float) -> None:
        """Puts what the request did cost in the place of what was held for it.

        It counts in the windows in which it was held, whenever it ends, and where its hold has been
        released meanwhile, too.
        """
        if not self._ever_held:
            return
        mine = {"settled": outcome.request_id}
        row = connection.execute(_HOLD_OF, mine).first()
        if row is None:
            return
        connection.execute(_DROP_HOLD, mine)
        hold = read_hold(row.amounts)
        spent, tried = charges(outcome), models_tried(outcome)
        change_windows(
            connection,
            (share.settled(spent, tried, released=row.released) for share in hold.shares),
        )

    def _write(
        self, connection: Connection, request_id: str, hold: Hold, counts: Counts, now_s: float
    ) -> None:
        self._ever_held = True
        begun = [share for share in hold.shares if (share.scope, share.window) in counts]
        new = [share for share in hold.shares if (share.scope, share.window) not in counts]
        change_windows(connection, [share.held for share in begun])
        begin_windows(connection, [share.held for share in new])
        row = {
            "request_id": request_id,
            "owner": self._owner,
            "lease_until_s": now_s + self._lease_s,
            "released": False,
            "amounts": hold.to_json(),
        }
        connection.execute(_ADD_HOLD, [row])


def _capable(asked: Asked, decision: Decision) -> tuple[PlanStep, ...]:
    """The steps that the request can go to; what it never reaches costs nothing."""
    try:
        steps, _ = capable(decision.plan, asked.requirements)
    except MissingCapability:
        return ()
    return steps


def _estimates(
    request: InferenceRequest, steps: Sequence[PlanStep], input_tokens: int
) -> dict[str, Amount]:
    return {step.model.key: _amount(request, step.model, input_tokens) for step in steps}


def _amount(request: InferenceRequest, model: ModelSpec, input_tokens: int) -> Amount:
    usage = estimate(request, model, input_tokens)
    tokens = min(usage.input_tokens + usage.output_tokens, MAX_CHARGE_TOKENS)
    return Amount(tokens, min(model.price.cost_nano_usd(usage), MAX_CHARGE_NANO_USD))


def _hold(
    steps: Sequence[PlanStep],
    estimates: Mapping[str, Amount],
    scopes: Sequence[Scope],
    now_s: float,
    beside: Sequence[tuple[str, Amount]] = (),
) -> Hold:
    """In each window what the dearest of its models in the plan may take: it may come to that.

    And on top of it whatever is asked beside the answer.
    """
    kept = {step.model.key: estimates[step.model.key] for step in steps}
    shares = []
    for scope in scopes:
        amounts = [amount for model, amount in kept.items() if scope.covers(model)]
        more = [amount for model, amount in beside if scope.covers(model)]
        if not amounts and not more:
            continue
        dearest = Amount(
            max((amount.tokens for amount in amounts), default=0),
            max((amount.nano_usd for amount in amounts), default=0),
        )
        dearest = sum(more, dearest)
        shares += [
            Share(scope.name, window, window.starts_at_s(now_s), dearest, scope.models)
            for window in scope.limits.windows
        ]
    return Hold(tuple(shares))


def _refused(decision: Decision, found: Affordable, now_s: float) -> Admitted:
    if found.refused is None:
        raise AssertionError("a refusal without an obstacle")
    metric = found.refused.ceiling.metric
    reasons = (*decision.reasons, f"{_FAMILY[metric]}:refused")
    return Admitted(replace(decision, plan=(), reasons=reasons), refusal(found.refused, now_s))


def _codes(found: Affordable, what: str) -> list[str]:
    families = {_FAMILY[obstacle.ceiling.metric] for obstacle in found.obstacles}
    return [f"{family}:{what}" for family in sorted(families)]


_FAMILY = {Metric.REQUESTS: "rate", Metric.TOKENS: "rate", Metric.MONEY: "budget"}
