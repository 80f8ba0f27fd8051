"""Whether a cheaper model is tried first, which, and what comes after it. Pure.

Everything is taken out of the decision's plan (I3): a cascade is another order of the same models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from router.conversation.binding import is_bound
from router.domain import (
    Capability,
    Decision,
    Endpoint,
    InferenceRequest,
    ModelSpec,
    PlanStep,
    Principal,
)
from router.errors import MissingCapability
from router.escalation.codes import (
    CONVERSATION,
    DECLINED,
    ESCALATED_BEFORE,
    NO_JUDGE,
    NO_LOGPROBS,
    SEVERAL_CHOICES,
    STAKES,
    STREAM,
    TOOL_LOOP,
    TOOLS,
    UNCERTIFIED,
    tried,
)
from router.escalation.rules import EscalationRule
from router.policy.policy import CHOICES, Rules
from router.policy.requirements import capable, requirements_of
from router.risk.certificate import Certificate


@dataclass(frozen=True, slots=True)
class Cascading:
    """`cheap` is tried first; `strong` answers where that is not good enough.

    `rest` are the plan's other steps, for when neither is to be had. `judge` is one of those that
    the decision permits.
    """

    rule: EscalationRule
    certificate: Certificate
    cheap: PlanStep
    strong: tuple[PlanStep, ...]
    rest: tuple[PlanStep, ...] = ()
    judge: ModelSpec | None = None

    @property
    def code(self) -> str:
        return tried(self.rule.cheap_tier, self.rule.strong_tier)

    @property
    def beside(self) -> tuple[ModelSpec, ...]:
        """What may charge for the request beside the model that answers it, once each."""
        samples = (self.cheap.model,) * (2 if self.rule.second_sample else 1)
        return samples if self.judge is None else (*samples, self.judge)

    def within(self, plan: Sequence[PlanStep]) -> Cascading | None:
        """What is left of it where a budget has shortened the plan; None if too little is."""
        strong = tuple(step for step in self.strong if step in plan)
        rest = tuple(step for step in self.rest if step in plan)
        if self.cheap not in plan or not strong:
            return None
        return replace(self, strong=strong, rest=rest)


def plan_cascade(
    request: InferenceRequest, decision: Decision, principal: Principal, rules: Rules, day: date
) -> tuple[Cascading | None, str | None]:
    """The cascade, and its reason code; or None and why there is none.

    No code where no rule is about such a request. `day` is today in UTC: certificates expire. An
    answer that nothing certifies would always be thrown away, so that without a certificate the
    cheaper model is not even asked.
    """
    if not rules.policy.escalation or request.choice not in CHOICES:
        return None, None
    if request.endpoint is not Endpoint.CHAT:
        return None, None
    steps = _capable(request, decision)
    at_stake = bool(rules.stakes_of(request.stakes, principal))
    reason: str | None = None
    for rule in rules.policy.escalation:
        if not _is_about(rule, decision):
            continue
        cheap = tuple(step for step in steps if step.tier is rule.cheap_tier)
        strong = tuple(step for step in steps if step.tier is rule.strong_tier)
        if not cheap or not strong:
            continue
        bar = _bar(request, decision, rule, cheap, at_stake=at_stake)
        if bar is not None:
            reason = reason or bar
            continue
        cascading = _certified(rule, decision, steps, day)
        if cascading is None:
            reason = reason or UNCERTIFIED
            continue
        if Capability.LOGPROBS not in cascading.cheap.model.capabilities:
            reason = reason or NO_LOGPROBS
            continue
        if rule.judge is not None:
            judge = _judge(rule.judge, decision, rules)
            if judge is None:
                reason = reason or NO_JUDGE
                continue
            cascading = replace(cascading, judge=judge)
        return cascading, cascading.code
    return None, reason


def _capable(request: InferenceRequest, decision: Decision) -> tuple[PlanStep, ...]:
    try:
        steps, _ = capable(decision.plan, requirements_of(request))
    except MissingCapability:
        return ()
    return steps


def _is_about(rule: EscalationRule, decision: Decision) -> bool:
    return (
        decision.choice in rule.choices
        and decision.data_class in rule.data_classes
        and decision.features.task in rule.tasks
    )


def _bar(
    request: InferenceRequest,
    decision: Decision,
    rule: EscalationRule,
    cheap: Sequence[PlanStep],
    *,
    at_stake: bool,
) -> str | None:
    """Why a request that a rule is about is not tried with a cheaper model."""
    features, asked = decision.features, request.cascade
    if asked is False:
        return DECLINED
    if at_stake:
        return STAKES
    if features.in_tool_loop:
        return TOOL_LOOP
    has_tools = request.body.get("tools") or request.body.get("functions")
    if has_tools and not asked:
        return TOOLS
    if request.stream and not asked and not rule.streams.unasked:
        return STREAM
    choices = request.body.get("n")
    if isinstance(choices, int) and choices > 1:
        return SEVERAL_CHOICES
    if features.escalated_before:
        return ESCALATED_BEFORE
    kept = features.conversation_model
    elsewhere = kept is not None and all(step.model.key != kept for step in cheap)
    if elsewhere or is_bound(request.body):
        return CONVERSATION
    return None


def _certified(
    rule: EscalationRule,
    decision: Decision,
    steps: Sequence[PlanStep],
    day: date,
) -> Cascading | None:
    """The first cheap model that is certified beside a strong one of the plan."""
    certificate, task = rule.certificate, decision.features.task
    if certificate is None:
        return None
    strong = tuple(step for step in steps if step.tier is rule.strong_tier)
    for first in steps:
        if first.tier is not rule.cheap_tier:
            continue
        if any(certificate.holds_for(first.model, each.model, task, day) for each in strong):
            rest = tuple(step for step in steps if step != first and step not in strong)
            return Cascading(rule, certificate, first, strong, rest)
    return None


def _judge(key: str, decision: Decision, rules: Rules) -> ModelSpec | None:
    """A judge outside is none, whatever the decision permits: nobody asked for an answer of it."""
    if key not in decision.permitted:
        return None
    judge = rules.registry.entries[key].spec
    return None if judge.is_external else judge
