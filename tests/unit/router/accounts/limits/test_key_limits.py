"""What a key may ask for: as the policy says of it under any of its ids, and as the key says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limit_cases import (
    CHEAP,
    DEAR,
    FREE,
    NANO_USD_PER_TOKEN,
    Desk,
    answered,
    asked,
    caller,
    opened,
)
from sqlalchemy import Engine

from router.accounts.limits.rules import LimitRules, Limits, OverBudget
from router.domain import Allowance, Principal
from router.errors import BudgetExceeded, RateLimited

CENT = 10_000_000
ONE = Limits(requests_per_minute=1)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    yield from opened(database_url)


def holder(*line: str, using: str = "", own: Allowance | None = None) -> Principal:
    """Who asks with one of the keys of a line."""
    return replace(caller(key_id=using or line[-1]), key_line=line, allowance=own or Allowance())


def lets_in(desk: Desk, principal: Principal, max_tokens: int = 100) -> bool:
    return desk.admit(asked(max_tokens), CHEAP, principal=principal).refusal is None


@pytest.mark.parametrize("named", ["first", "second", "third"])
def test_a_rotation_lifts_no_limit_whichever_id_the_policy_has(engine: Engine, named: str) -> None:
    desk = Desk(engine, LimitRules(keys={named: ONE}))
    line = ("first", "second", "third")
    assert lets_in(desk, holder(*line, using="first"))
    for key_id in line:
        assert not lets_in(desk, holder(*line, using=key_id))
    assert lets_in(desk, holder("another"))


def test_of_two_entries_for_one_line_that_of_the_newest_key_holds(engine: Engine) -> None:
    rules = LimitRules(keys={"first": ONE, "second": Limits(requests_per_minute=2)})
    desk, line = Desk(engine, rules), ("first", "second")
    asks = [lets_in(desk, holder(*line, using=key_id)) for key_id in ("first", "second", "first")]
    assert asks == [True, True, False]


def test_a_new_key_of_a_line_does_not_begin_anew(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_key=ONE))
    assert lets_in(desk, holder("first"))
    assert not lets_in(desk, holder("first", "second"))
    assert desk.window("key:second", "minute") is None


def test_a_key_has_limits_where_the_policy_has_none(engine: Engine) -> None:
    desk, own = Desk(engine, LimitRules()), Allowance(requests_per_minute=1)
    assert lets_in(desk, holder("k", own=own))
    refusal = desk.admit(asked(), CHEAP, principal=holder("k", own=own)).refusal
    assert isinstance(refusal, RateLimited)
    assert "this key" in str(refusal)
    assert lets_in(desk, holder("another"))


def test_what_a_keys_own_budget_holds_is_settled(engine: Engine) -> None:
    desk, own = Desk(engine, LimitRules()), Allowance(budget_nano_usd_per_day=CENT)
    request = asked(max_tokens=6_000)
    assert desk.admit(request, CHEAP, principal=holder("k", own=own)).refusal is None
    assert not lets_in(desk, holder("k", own=own), max_tokens=6_000)
    desk.settle(answered(request, CHEAP, 10))
    assert desk.money("key:k") == (10 * NANO_USD_PER_TOKEN, 0)
    assert desk.holds() == 0
    assert lets_in(desk, holder("k", own=own), max_tokens=6_000)


@pytest.mark.parametrize(("policys", "own"), [(1, 5), (5, 1)])
def test_of_the_policys_limit_and_the_keys_own_the_lower_one_holds(
    engine: Engine, policys: int, own: int
) -> None:
    rules = LimitRules(keys={"k": Limits(requests_per_minute=policys)})
    desk, principal = Desk(engine, rules), holder("k", own=Allowance(requests_per_minute=own))
    assert [lets_in(desk, principal) for _ in range(2)] == [True, False]


def test_an_entry_of_the_policy_that_lifts_limits_lifts_none_of_the_keys_own(
    engine: Engine,
) -> None:
    desk = Desk(engine, LimitRules(each_key=ONE, keys={"k": Limits()}))
    principal = holder("k", own=Allowance(requests_per_minute=2))
    assert [lets_in(desk, principal) for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("where", ["each_key", "keys"])
def test_over_a_keys_own_budget_is_done_what_the_policy_says(engine: Engine, where: str) -> None:
    cheaper = Limits(over_budget=OverBudget.CHEAPER)
    rules = LimitRules(each_key=cheaper) if where == "each_key" else LimitRules(keys={"k": cheaper})
    principal = holder("k", own=Allowance(budget_nano_usd_per_day=0))
    admitted = Desk(engine, rules).admit(asked(), DEAR, FREE, principal=principal)
    assert [step.model.id for step in admitted.decision.plan] == ["free"]
    refused = Desk(engine, LimitRules()).admit(asked(), DEAR, FREE, principal=principal)
    assert isinstance(refused.refusal, BudgetExceeded)


_LIMIT = st.none() | st.integers(0, 10**18)
_FOUR = st.tuples(_LIMIT, _LIMIT, _LIMIT, _LIMIT)


@given(said=_FOUR, own=_FOUR)
def test_both_limits_have_room_exactly_where_what_is_made_of_them_has(
    said: tuple[int | None, ...], own: tuple[int | None, ...]
) -> None:
    both = Limits(*said, over_budget=OverBudget.CHEAPER).within(Allowance(*own))
    assert both.over_budget is OverBudget.CHEAPER
    found = (
        both.requests_per_minute,
        both.tokens_per_minute,
        both.budget_nano_usd_per_day,
        both.budget_nano_usd_per_month,
    )
    for first, second, lower in zip(said, own, found, strict=True):
        limits = [each for each in (first, second) if each is not None]
        assert lower == (min(limits) if limits else None)
