"""What is asked beside an answer is held, charged, and left out where nothing is left for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from limit_cases import (
    CHEAP,
    DEAR,
    NANO_USD_PER_TOKEN,
    NOON_S,
    answered,
    asked,
    caller,
    decided,
    opened,
)
from sqlalchemy import Engine, select

from router.accounts.limits.admission import ANSWER_ALONE, Admission, Admitted
from router.accounts.limits.rules import LimitRules, Limits
from router.accounts.limits.tables import limit_windows
from router.cascade.beside import DISCARDED, JUDGED, SAMPLED
from router.domain import Attempt, InferenceRequest, ModelSpec, Tier, Usage

TOKENS = 100
DEAR_COST, CHEAP_COST = 2 * TOKENS * NANO_USD_PER_TOKEN, TOKENS * NANO_USD_PER_TOKEN


@pytest.fixture
def engine(migrated_sqlite: object) -> Iterator[Engine]:
    yield from opened(f"sqlite:///{migrated_sqlite}")


class Till:
    def __init__(self, engine: Engine, rules: LimitRules) -> None:
        self._engine, self._admission = engine, Admission(rules)

    def admit(self, request: InferenceRequest, *beside: ModelSpec) -> Admitted:
        with self._engine.begin() as connection:
            return self._admission.admit(
                connection, request, caller(), decided(DEAR, CHEAP), NOON_S, beside=beside
            )

    def settle(self, request: InferenceRequest, *attempts: Attempt) -> None:
        """The dear model answered; `attempts` were beside that."""
        outcome = answered(request, DEAR, TOKENS, input_tokens=0)
        beside = sum(attempt.cost_nano_usd for attempt in attempts)
        outcome = replace(
            outcome,
            attempts=(*attempts, *outcome.attempts),
            cost_nano_usd=outcome.cost_nano_usd + beside,
        )
        with self._engine.begin() as connection:
            self._admission.settle(connection, outcome, NOON_S)

    def money(self, scope: str) -> tuple[int, int]:
        """Nano-dollars spent and held."""
        c = limit_windows.c
        with self._engine.begin() as connection:
            row = connection.execute(
                select(c.spent_nano_usd, c.held_nano_usd).where(c.scope == scope)
            ).one()
        return row[0], row[1]


def daily(nano_usd: int) -> Limits:
    return Limits(budget_nano_usd_per_day=nano_usd)


def beside(model: ModelSpec, outcome: str, tokens: int) -> Attempt:
    usage = Usage(0, tokens)
    cost = model.price.cost_nano_usd(usage)
    return Attempt(model.key, Tier.FAST, outcome, 0.1, usage=usage, cost_nano_usd=cost)


ENOUGH = LimitRules(all=daily(10**9), models={"cheap": daily(10**9)})


def test_what_is_asked_beside_is_held_on_top_of_the_dearest_answer(engine: Engine) -> None:
    till = Till(engine, ENOUGH)
    admitted = till.admit(asked(TOKENS), CHEAP, CHEAP)
    assert not admitted.answer_alone
    assert till.money("all") == (0, DEAR_COST + 2 * CHEAP_COST)
    assert till.money("model:cheap") == (0, 3 * CHEAP_COST)


def test_each_model_is_charged_what_it_said_that_it_took(engine: Engine) -> None:
    till, request = Till(engine, ENOUGH), asked(TOKENS)
    till.admit(request, CHEAP, CHEAP)
    till.settle(request, beside(CHEAP, DISCARDED, 7), beside(CHEAP, SAMPLED, 5))
    spent = 12 * NANO_USD_PER_TOKEN
    assert till.money("all") == (DEAR_COST + spent, 0)
    assert till.money("model:cheap") == (spent, 0)


@pytest.mark.parametrize("outcome", [DISCARDED, SAMPLED, JUDGED, "BackendBroken", "cancelled"])
def test_what_nobody_said_is_charged_as_the_record_has_it(engine: Engine, outcome: str) -> None:
    till, request = Till(engine, ENOUGH), asked(TOKENS)
    till.admit(request, CHEAP)
    till.settle(request, replace(beside(CHEAP, outcome, 3), estimated=True))
    assert till.money("all") == (DEAR_COST + 3 * NANO_USD_PER_TOKEN, 0)


def test_a_budget_with_room_for_the_answer_alone_pays_for_that(engine: Engine) -> None:
    till = Till(engine, LimitRules(all=daily(DEAR_COST + CHEAP_COST - 1)))
    admitted = till.admit(asked(TOKENS), CHEAP)
    assert admitted.answer_alone
    assert admitted.refusal is None
    assert admitted.decision.reasons[-1] == ANSWER_ALONE
    assert till.money("all") == (0, DEAR_COST)


def test_the_budget_of_a_judge_counts_though_it_answers_nothing(engine: Engine) -> None:
    judge = replace(CHEAP, id="judge")
    till = Till(engine, LimitRules(models={"judge": daily(CHEAP_COST - 1)}))
    assert till.admit(asked(TOKENS), judge).answer_alone
    till = Till(engine, LimitRules(models={"judge": daily(CHEAP_COST)}))
    assert not till.admit(asked(TOKENS), judge).answer_alone
    assert till.money("model:judge") == (0, CHEAP_COST)
