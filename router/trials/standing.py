"""How trials stand now: what was asked of shadows, and how canaries do beside their champions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, case, func, select

from router.audit.tables import outcomes
from router.cascade.walk import ANSWERED
from router.domain import JsonObject
from router.policy.policy import Rules
from router.trials.canary_test import evidence_of
from router.trials.evaluation import Canary, canaries_of
from router.trials.halts import halts_now, resumed_at
from router.trials.progress import resumed
from router.trials.tables import canary_observations, trials


@dataclass(frozen=True, slots=True)
class CanaryStanding:
    """`halted_at_s` is None for one that takes requests; `evidence` is of then, or of now."""

    canary: Canary
    share: float
    halted_at_s: float | None
    evidence: JsonObject


@dataclass(frozen=True, slots=True)
class CanaryCost:
    """Requests of which a canary's answer is what the client got, and what these cost in all."""

    answers: int = 0
    cost_nano_usd: int = 0


@dataclass(frozen=True, slots=True)
class ShadowStanding:
    """Copies of one champion's requests that one shadow got, as far back as records are kept.

    `open` are those of which nobody knows what came: under way, or lost with their gateway.
    `…_flawed` of the answered are those with something visibly wrong with that version's answer;
    `agreed` of `compared` said the same. Tokens and cost are the most they may be where it is open.
    """

    champion: str
    shadow: str
    sent: int
    answered: int
    open: int
    shadow_flawed: int
    champion_flawed: int
    compared: int
    agreed: int
    input_tokens: int
    output_tokens: int
    cost_nano_usd: int
    first_sent_at_s: float
    last_sent_at_s: float

    @property
    def failed(self) -> int:
        return self.sent - self.answered - self.open


def canaries_now(connection: Connection, rules: Rules, now_s: float) -> list[CanaryStanding]:
    """Of those that the rules name. Reads on from where the gateways stand, and writes nothing."""
    test_rules, found = rules.policy.trials, []
    halted = {each.model: each for each in halts_now(connection)}
    resumed_s = resumed_at(connection)
    for each in canaries_of(rules.registry):
        canary = each.resumed(resumed_s.get(each.key))
        share = rules.registry.entries[each.key].card.lifecycle.canary_share
        halt = halted.get(each.key)
        if halt is not None:
            found.append(CanaryStanding(canary, share, halt.halted_at_s, halt.evidence))
            continue
        evaluation = resumed(connection, canary, test_rules.margin)
        while evaluation.read_on(connection, now_s):
            pass
        evidence = evidence_of(evaluation.test, test_rules.alpha)
        found.append(CanaryStanding(canary, share, None, evidence))
    return found


def canary_costs(connection: Connection) -> Mapping[str, CanaryCost]:
    """By key, of all that have records, as far back as these are kept."""
    observed = canary_observations.c
    rows = connection.execute(
        select(observed.canary, func.count(), func.sum(outcomes.c.cost_nano_usd))
        .join(outcomes, outcomes.c.request_id == observed.request_id)
        .where(observed.by_canary, observed.answered)
        .group_by(observed.canary)
    )
    return {model: CanaryCost(answers, int(cost)) for model, answers, cost in rows}


def shadows_now(connection: Connection) -> list[ShadowStanding]:
    """The newest last."""
    row = trials.c
    answered = row.outcome == ANSWERED
    rows = connection.execute(
        select(
            row.champion,
            row.shadow,
            func.count().label("sent"),
            _count(answered).label("answered"),
            _count(row.outcome.is_(None)).label("open"),
            _count(row.shadow_flaw.is_not(None)).label("shadow_flawed"),
            _count(answered & row.champion_flaw.is_not(None)).label("champion_flawed"),
            _count(row.agrees.is_not(None)).label("compared"),
            _count(row.agrees.is_(True)).label("agreed"),
            func.sum(row.input_tokens).label("input_tokens"),
            func.sum(row.output_tokens).label("output_tokens"),
            func.sum(row.cost_nano_usd).label("cost_nano_usd"),
            func.min(row.sent_at_s).label("first_sent_at_s"),
            func.max(row.sent_at_s).label("last_sent_at_s"),
        )
        .group_by(row.champion, row.shadow)
        .order_by(func.max(row.sent_at_s))
    ).mappings()
    return [_shadow(each) for each in rows]


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _shadow(row: RowMapping) -> ShadowStanding:
    """PostgreSQL sums up whole numbers to decimals."""
    whole: dict[str, Any] = {
        str(name): int(said) if isinstance(said, Decimal) else said for name, said in row.items()
    }
    return ShadowStanding(**whole)
