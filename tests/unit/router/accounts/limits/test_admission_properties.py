"""Whatever happens in whatever order, what is counted is what a list of the requests adds up to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limit_cases import (
    CHEAP,
    DEAR,
    FREE,
    NANO_USD_PER_TOKEN,
    NOON_S,
    answered,
    asked,
    caller,
    decided,
    held,
    opened,
)
from sqlalchemy import Connection, Engine, delete, func, select

from router.accounts.limits.admission import LEASE_MARGIN_S, Admission
from router.accounts.limits.estimate import input_tokens_of
from router.accounts.limits.release import release_expired
from router.accounts.limits.rules import LimitRules, Limits, OverBudget
from router.accounts.limits.tables import limit_holds, limit_windows
from router.domain import InferenceRequest, ModelSpec

LONGEST_S = 100.0
INPUT_TOKENS = input_tokens_of(asked())
MODELS = (DEAR, CHEAP, FREE)

teams = st.sampled_from(["claims", "clinic"])
plans = st.lists(st.sampled_from(MODELS), min_size=1, max_size=3, unique=True)
admitting = st.tuples(st.just("admit"), teams, st.integers(1, 1_000), plans)
settling = st.tuples(st.just("settle"), st.integers(0, 9), st.integers(1, 1_000))
waiting = st.tuples(st.just("wait"), st.floats(0, 90))
releasing = st.tuples(st.just("release"))
steps = st.lists(st.one_of(admitting, admitting, settling, waiting, releasing), max_size=30)
limits = st.builds(
    Limits,
    requests_per_minute=st.none() | st.integers(1, 6),
    tokens_per_minute=st.none() | st.integers(100, 3_000),
    budget_nano_usd_per_day=st.none() | st.integers(0, 3_000 * NANO_USD_PER_TOKEN),
    over_budget=st.sampled_from(OverBudget),
)


@dataclass
class Sent:
    """A request that was let in: what is known of it without any window."""

    request: InferenceRequest
    team: str
    at_s: float
    plan: list[ModelSpec]
    max_tokens: int
    open: bool = True
    released: bool = False
    tokens: int = 0
    spent: int = 0

    @property
    def dearest(self) -> int:
        return max(cost(each, self.max_tokens) for each in self.plan)

    @property
    def held(self) -> int:
        return self.dearest if self.open and not self.released else 0

    @property
    def counted_tokens(self) -> int:
        if not self.open:
            return self.tokens
        return 0 if self.released else INPUT_TOKENS + self.max_tokens


@dataclass
class Book:
    """The simple model: all requests, and sums over them."""

    rules: dict[str, Limits]
    sent: list[Sent] = field(default_factory=list)

    def fits(self, model: ModelSpec, team: str, max_tokens: int, now_s: float) -> dict[str, bool]:
        """By metric, whether the model has room under everything that limits it."""
        fits = {"rate": True, "budget": True, "refuse": False}
        for scope in ("all", f"team:{team}"):
            rule = self.rules[scope]
            minute = [each for each in self._of(scope) if each.at_s // 60 == now_s // 60]
            if rule.requests_per_minute is not None:
                fits["rate"] &= len(minute) + 1 <= rule.requests_per_minute
            if rule.tokens_per_minute is not None:
                tokens = sum(each.counted_tokens for each in minute)
                wanted = INPUT_TOKENS + max_tokens
                fits["rate"] &= tokens + wanted <= rule.tokens_per_minute
            price = cost(model, max_tokens)
            if rule.budget_nano_usd_per_day is not None and price:
                gone = sum(each.spent + each.held for each in self._of(scope))
                within = gone + price <= rule.budget_nano_usd_per_day
                fits["budget"] &= within
                fits["refuse"] |= not within and rule.over_budget is OverBudget.REFUSE
        return fits

    def admit(
        self, plan: list[ModelSpec], team: str, max_tokens: int, now_s: float
    ) -> list[ModelSpec]:
        found = [self.fits(model, team, max_tokens, now_s) for model in plan]
        if found[0]["refuse"]:
            return []
        return [
            model
            for model, fits in zip(plan, found, strict=True)
            if fits["rate"] and fits["budget"]
        ]

    def expire(self, now_s: float) -> None:
        for each in self.sent:
            if each.open and each.at_s + LONGEST_S + LEASE_MARGIN_S <= now_s:
                each.released = True

    def totals(self, scope: str) -> tuple[int, int, int, int]:
        mine = self._of(scope)
        return (
            len(mine),
            sum(each.counted_tokens for each in mine),
            sum(each.spent for each in mine),
            sum(each.held for each in mine),
        )

    def _of(self, scope: str) -> list[Sent]:
        return [each for each in self.sent if scope in ("all", f"team:{each.team}")]


def cost(model: ModelSpec, output_tokens: int) -> int:
    return round(model.price.output_usd_per_mtok * output_tokens * NANO_USD_PER_TOKEN)


def counted(connection: Connection, scope: str, window: str) -> tuple[int, ...]:
    names = ("requests", "tokens", "spent_nano_usd", "held_nano_usd")
    c = limit_windows.c
    row = connection.execute(
        select(*(func.coalesce(func.sum(c[name]), 0) for name in names)).where(
            c.scope == scope, c.window == window
        )
    ).one()
    return tuple(int(total) for total in row)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path: Path = tmp_path_factory.mktemp("limits") / "test.db"
    yield from opened(f"sqlite:///{path}")


@given(everybody=limits, each_team=limits, happening=steps)
def test_the_counters_say_what_the_requests_add_up_to(
    engine: Engine,
    everybody: Limits,
    each_team: Limits,
    happening: list[tuple],  # type: ignore[type-arg]
) -> None:
    rules = LimitRules(all=everybody, each_team=each_team)
    admission = Admission(rules, longest_request_s=LONGEST_S)
    book = Book({"all": everybody, "team:claims": each_team, "team:clinic": each_team})
    limited = bool(everybody.ceilings or each_team.ceilings)
    now_s = NOON_S
    with engine.begin() as connection:
        connection.execute(delete(limit_windows))
        connection.execute(delete(limit_holds))
        for what, *given_with in happening:
            if what == "wait":
                now_s += given_with[0]
            elif what == "release":
                release_expired(connection, now_s)
                book.expire(now_s)
            elif what == "admit":
                team, max_tokens, plan = given_with
                request = asked(max_tokens)
                admitted = admission.admit(connection, request, caller(team), decided(*plan), now_s)
                let_in = book.admit(plan, team, max_tokens, now_s)
                if let_in != plan:
                    book.expire(now_s)
                    let_in = book.admit(plan, team, max_tokens, now_s)
                assert [step.model for step in admitted.decision.plan] == let_in
                assert (admitted.refusal is None) == bool(let_in)
                if let_in:
                    book.sent.append(Sent(request, team, now_s, let_in, max_tokens))
            elif given_with[0] < len(book.sent) and book.sent[given_with[0]].open:
                one = book.sent[given_with[0]]
                took = min(given_with[1], one.max_tokens)
                outcome = answered(one.request, one.plan[0], took)
                admission.settle(connection, outcome, now_s)
                one.open, one.tokens, one.spent = False, took + 5, outcome.cost_nano_usd
            for scope, rule in book.rules.items():
                for window in rule.windows:
                    assert counted(connection, scope, window.value) == book.totals(scope)
                budget = rule.budget_nano_usd_per_day
                if budget is not None:
                    # Nobody takes more here than was held for it, so it is never exceeded.
                    _, _, spent, holding = book.totals(scope)
                    late = sum(each.spent for each in book.sent if each.released)
                    assert spent + holding <= budget + late
            open_now = sum(each.open for each in book.sent)
            assert held(connection) == (open_now if limited else 0)
