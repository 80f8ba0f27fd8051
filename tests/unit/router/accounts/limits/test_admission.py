"""Limits let in what there is enough for, hold what it may cost, and count what it did cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from limit_cases import (
    CHEAP,
    DEAR,
    FREE,
    NANO_USD_PER_TOKEN,
    NOON_S,
    Desk,
    answered,
    asked,
    caller,
    decided,
    failed,
    given_up,
    opened,
)
from sqlalchemy import Engine, event

from router.accounts.limits.admission import LEASE_MARGIN_S, Admission, Admitted
from router.accounts.limits.release import RELEASED_KEPT_S, prune_windows, release_expired
from router.accounts.limits.rules import LimitRules, Limits, OverBudget
from router.cascade.walk import BREAKER_OPEN
from router.domain import Capability, Decision
from router.errors import BudgetExceeded, RateLimited
from router.ids import new_id

CENT = 10_000_000
"""In nano-dollars: what 10,000 tokens of the cheap model cost, or 5,000 of the dear one."""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    yield from opened(database_url)


def daily(budget: int, over: OverBudget = OverBudget.REFUSE) -> Limits:
    return Limits(budget_nano_usd_per_day=budget, over_budget=over)


def plan(decision: Decision) -> list[str]:
    return [step.model.id for step in decision.plan]


def test_where_nothing_is_limited_the_database_is_not_asked(engine: Engine) -> None:
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    for rules in (LimitRules(), LimitRules(teams={"another": Limits(requests_per_minute=1)})):
        desk, request = Desk(engine, rules), asked()
        assert plan(desk.admit(request, DEAR).decision) == ["dear"]
    assert [text for text in statements if "limit_" in text] == []


def test_an_admission_without_rules_limits_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        admitted = Admission().admit(connection, asked(), caller(), decided(DEAR), NOON_S)
    assert admitted == Admitted(decided(DEAR))


def test_a_request_takes_a_handful_of_statements(engine: Engine) -> None:
    limits = Limits(100, 10**6, 10**12, 10**13)
    rules = LimitRules(all=limits, each_team=limits, each_key=limits, models={"dear": limits})
    desk = Desk(engine, rules)
    desk.admit(asked(), DEAR)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    request = asked()
    desk.admit(request, DEAR, CHEAP)
    admitting = [text for text in statements if "limit_" in text]
    desk.settle(answered(request, DEAR, 10))
    assert len(admitting) == 3
    assert len([text for text in statements if "limit_" in text]) == 6


def test_the_money_is_held_and_then_what_was_spent_is_spent(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(teams={"claims": daily(CENT)}))
    request = asked(max_tokens=1_000)
    desk.admit(request, CHEAP)
    assert desk.money("team:claims") == (0, 1_000 * NANO_USD_PER_TOKEN)
    desk.settle(answered(request, CHEAP, 300))
    assert desk.money("team:claims") == (300 * NANO_USD_PER_TOKEN, 0)
    assert desk.holds() == 0


def test_the_dearest_step_of_the_plan_is_held(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(teams={"claims": daily(CENT)}))
    request = asked(max_tokens=1_000)
    desk.admit(request, CHEAP, DEAR, FREE)
    assert desk.money("team:claims") == (0, 2_000 * NANO_USD_PER_TOKEN)
    desk.settle(answered(request, CHEAP, 1_000))
    assert desk.money("team:claims") == (1_000 * NANO_USD_PER_TOKEN, 0)


def test_requests_under_way_hold_what_later_ones_cannot_have(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(teams={"claims": daily(CENT)}))
    first, second = asked(max_tokens=6_000), asked(max_tokens=6_000)
    assert desk.admit(first, CHEAP).refusal is None
    refused = desk.admit(second, CHEAP)
    assert isinstance(refused.refusal, BudgetExceeded)
    assert refused.refusal.retry_after_s == 12 * 3_600
    assert "2026-11-04T00:00Z" in str(refused.refusal)
    assert refused.decision.plan == ()
    assert refused.decision.reasons == ("class:internal", "budget:refused")
    desk.settle(answered(first, CHEAP, 10))
    assert desk.admit(second, CHEAP).refusal is None


def test_a_refused_request_counts_nothing(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_team=Limits(requests_per_minute=1)))
    desk.admit(asked(), CHEAP)
    for _ in range(3):
        assert isinstance(desk.admit(asked(), CHEAP).refusal, RateLimited)
    assert desk.window("team:claims", "minute")[0] == 1  # type: ignore[index]
    assert desk.holds() == 1


def test_requests_and_tokens_are_counted_by_the_minute(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_key=Limits(requests_per_minute=2)))
    desk.now_s = NOON_S + 20.5
    assert desk.admit(asked(), CHEAP).refusal is None
    assert desk.admit(asked(), CHEAP).refusal is None
    refusal = desk.admit(asked(), CHEAP).refusal
    assert isinstance(refusal, RateLimited)
    assert refusal.retry_after_s == 40
    desk.now_s = NOON_S + 60
    assert desk.admit(asked(), CHEAP).refusal is None


def test_tokens_are_estimated_and_then_counted(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_key=Limits(tokens_per_minute=1_500)))
    first = asked(max_tokens=1_000)
    assert desk.admit(first, CHEAP).refusal is None
    assert isinstance(desk.admit(asked(max_tokens=1_000), CHEAP).refusal, RateLimited)
    desk.settle(answered(first, CHEAP, 40, input_tokens=10))
    assert desk.window("key:k1", "minute") == (1, 50, 40 * NANO_USD_PER_TOKEN, 0)
    assert desk.admit(asked(max_tokens=1_000), CHEAP).refusal is None


def test_what_never_fits_is_told_to_ask_for_less(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_key=Limits(tokens_per_minute=500)))
    refusal = desk.admit(asked(max_tokens=1_000), CHEAP).refusal
    assert isinstance(refusal, RateLimited)
    assert "max_tokens" in str(refusal)
    desk = Desk(engine, LimitRules(each_key=daily(NANO_USD_PER_TOKEN)))
    refusal = desk.admit(asked(max_tokens=1_000), CHEAP).refusal
    assert isinstance(refusal, BudgetExceeded)
    assert "max_tokens" in str(refusal)


@pytest.mark.parametrize("scope", ["all", "each_team", "each_key"])
def test_teams_and_keys_have_their_own_and_everybody_one(engine: Engine, scope: str) -> None:
    desk = Desk(engine, LimitRules(**{scope: Limits(requests_per_minute=1)}))  # type: ignore[arg-type]
    first = caller("claims", "k1")
    others = [caller("claims", "k2"), caller("clinic", "k3")]
    assert desk.admit(asked(), CHEAP, principal=first).refusal is None
    free_to_go = [desk.admit(asked(), CHEAP, principal=each).refusal is None for each in others]
    assert (
        free_to_go
        == {
            "all": [False, False],
            "each_team": [False, True],
            "each_key": [True, True],
        }[scope]
    )


def test_what_is_named_has_its_own_limits_and_not_those_of_each(engine: Engine) -> None:
    one = Limits(requests_per_minute=1)
    desk = Desk(engine, LimitRules(each_team=one, teams={"claims": Limits()}))
    for _ in range(3):
        assert desk.admit(asked(), CHEAP, principal=caller("claims")).refusal is None
    assert desk.admit(asked(), CHEAP, principal=caller("clinic")).refusal is None
    assert desk.admit(asked(), CHEAP, principal=caller("clinic")).refusal is not None


def test_over_budget_a_cheaper_model_is_taken_if_the_policy_says_so(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_team=daily(CENT, OverBudget.CHEAPER)))
    admitted = desk.admit(asked(max_tokens=6_000), DEAR, CHEAP, FREE)
    assert plan(admitted.decision) == ["cheap", "free"]
    assert admitted.decision.reasons == ("class:internal", "budget:narrowed")
    assert desk.money("team:claims") == (0, 6_000 * NANO_USD_PER_TOKEN)
    admitted = desk.admit(asked(max_tokens=6_000), DEAR, CHEAP, FREE)
    assert plan(admitted.decision) == ["free"]


def test_over_budget_no_other_model_is_taken_if_the_policy_does_not(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_team=daily(CENT)))
    refused = desk.admit(asked(max_tokens=6_000), DEAR, CHEAP, FREE)
    assert isinstance(refused.refusal, BudgetExceeded)
    # A fallback that cannot be paid is left out; the first model is what was asked for.
    admitted = desk.admit(asked(max_tokens=6_000), CHEAP, DEAR, FREE)
    assert plan(admitted.decision) == ["cheap", "free"]


def test_a_model_without_a_price_is_within_any_budget(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_team=daily(0)))
    assert desk.admit(asked(), FREE).refusal is None
    assert desk.admit(asked(), CHEAP).refusal is not None


def test_a_model_with_no_room_of_its_own_is_passed_over(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(models={"dear": Limits(requests_per_minute=1)}))
    first = asked()
    assert plan(desk.admit(first, DEAR, CHEAP).decision) == ["dear", "cheap"]
    second = desk.admit(asked(), DEAR, CHEAP).decision
    assert plan(second) == ["cheap"]
    assert "rate:narrowed" in second.reasons
    assert isinstance(desk.admit(asked(), DEAR).refusal, RateLimited)


def test_a_model_that_did_not_answer_has_nothing_counted_against_it(engine: Engine) -> None:
    limits = Limits(requests_per_minute=9, budget_nano_usd_per_day=CENT)
    desk = Desk(engine, LimitRules(models={"dear": limits, "cheap@1": limits}))
    request = asked(max_tokens=1_000)
    desk.admit(request, DEAR, CHEAP)
    assert desk.money("model:dear") == (0, 2_000 * NANO_USD_PER_TOKEN)
    assert desk.money("model:cheap@1") == (0, 1_000 * NANO_USD_PER_TOKEN)
    desk.settle(answered(request, DEAR, 100))
    assert desk.window("model:dear", "day") == (1, 105, 200 * NANO_USD_PER_TOKEN, 0)
    assert desk.window("model:cheap@1", "day") == (0, 0, 0, 0)


def test_an_id_counts_all_versions_of_a_model_together(engine: Engine) -> None:
    newer = replace(DEAR, version="2")
    desk = Desk(engine, LimitRules(models={"dear": Limits(requests_per_minute=1)}))
    desk.admit(asked(), DEAR)
    assert desk.admit(asked(), newer).refusal is not None


def test_what_the_request_cannot_go_to_is_not_held(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_team=daily(CENT)))
    tools = [{"type": "function", "function": {"name": "f"}}]
    able = replace(CHEAP, capabilities=frozenset({Capability.CHAT, Capability.TOOLS}))
    admitted = desk.admit(asked(max_tokens=1_000, tools=tools), DEAR, able)
    assert plan(admitted.decision) == ["dear", "cheap"]
    assert desk.money("team:claims") == (0, 1_000 * NANO_USD_PER_TOKEN)
    # Nobody can take this one: it is refused later, for what it asks.
    assert desk.admit(asked(max_tokens=1_000, tools=tools), DEAR).refusal is None
    assert desk.holds() == 1


def test_a_request_that_nobody_may_answer_counts_nothing(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_team=Limits(requests_per_minute=1)))
    admitted = desk.admit(asked())
    assert admitted.refusal is None
    assert admitted.decision.reasons == ("class:internal",)
    assert desk.window("team:claims", "minute") is None


@pytest.mark.parametrize(
    "attempts",
    [
        (),
        ((DEAR, "BackendUnreachable"), (CHEAP, "BackendOverloaded")),
        ((DEAR, "BackendBroken"), (DEAR, "BackendRejected"), (CHEAP, BREAKER_OPEN)),
    ],
)
def test_what_was_turned_down_costs_nothing(engine: Engine, attempts: tuple) -> None:  # type: ignore[type-arg]
    desk = Desk(engine, LimitRules(each_team=daily(CENT)))
    request = asked(max_tokens=1_000)
    desk.admit(request, DEAR, CHEAP)
    desk.settle(failed(request, *attempts))
    assert desk.window("team:claims", "day") == (1, 0, 0, 0)


@pytest.mark.parametrize("outcome", ["BackendTimeout", "cancelled"])
def test_work_of_which_nobody_says_what_it_took_counts_as_it_was_estimated(
    engine: Engine, outcome: str
) -> None:
    desk = Desk(engine, LimitRules(each_team=daily(CENT)))
    request = asked(max_tokens=1_000)
    desk.admit(request, DEAR, CHEAP)
    attempt = given_up(request, CHEAP, outcome)
    cost = attempt.cost_nano_usd
    desk.settle(replace(failed(request), attempts=(attempt,), cost_nano_usd=cost))
    assert desk.money("team:claims") == (cost, 0) == (1_000 * NANO_USD_PER_TOKEN, 0)


def test_a_model_that_was_given_up_may_charge_beside_the_one_that_answered(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_team=daily(CENT), models={"dear": daily(CENT)}))
    request = asked(max_tokens=1_000)
    desk.admit(request, DEAR, CHEAP)
    outcome, late = answered(request, CHEAP, 10), given_up(request, DEAR, "BackendTimeout")
    cost = late.cost_nano_usd + outcome.cost_nano_usd
    desk.settle(replace(outcome, attempts=(late, *outcome.attempts), cost_nano_usd=cost))
    assert desk.money("team:claims") == (cost, 0) == (2_010 * NANO_USD_PER_TOKEN, 0)
    assert desk.money("model:dear") == (2_000 * NANO_USD_PER_TOKEN, 0)


def test_one_that_cost_more_than_was_held_is_the_last(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_team=daily(CENT)))
    request = asked(max_tokens=9_000)
    desk.admit(request, CHEAP)
    desk.settle(answered(request, CHEAP, 12_000))
    assert desk.money("team:claims") == (12_000 * NANO_USD_PER_TOKEN, 0)
    assert desk.admit(asked(max_tokens=1), CHEAP).refusal is not None


def test_a_provider_that_says_it_cost_the_world_leaves_sums_that_can_be_written(
    engine: Engine,
) -> None:
    desk = Desk(engine, LimitRules(each_team=Limits(tokens_per_minute=10**12)))
    for _ in range(20):
        request = asked()
        desk.admit(request, CHEAP)
        desk.settle(replace(answered(request, CHEAP, 2**20), cost_nano_usd=2**62))
    assert desk.money("team:claims", "minute") == (20 * 10**15, 0)


def test_it_is_counted_in_the_day_in_which_it_was_held(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_team=daily(CENT)))
    request, after = asked(max_tokens=9_000), asked(max_tokens=9_000)
    desk.now_s = NOON_S + 12 * 3_600 - 1
    desk.admit(request, CHEAP)
    desk.now_s += 2
    assert desk.admit(after, CHEAP).refusal is None
    desk.settle(answered(request, CHEAP, 8_000))
    assert desk.money("team:claims") == (0, 9_000 * NANO_USD_PER_TOKEN)


def test_a_month_that_is_spent_waits_for_the_next(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_team=Limits(budget_nano_usd_per_month=CENT)))
    request = asked(max_tokens=9_000)
    desk.admit(request, CHEAP)
    desk.settle(answered(request, CHEAP, 9_000))
    desk.now_s += 24 * 3_600
    refusal = desk.admit(asked(max_tokens=9_000), CHEAP).refusal
    assert isinstance(refusal, BudgetExceeded)
    assert "2026-12-01T00:00Z" in str(refusal)
    desk.now_s += 28 * 24 * 3_600
    assert desk.admit(asked(max_tokens=9_000), CHEAP).refusal is None


def test_limits_hold_across_replicas(engine: Engine) -> None:
    rules = LimitRules(each_team=Limits(requests_per_minute=3), each_key=daily(CENT))
    replicas = [Desk(engine, rules) for _ in range(3)]
    first = asked(max_tokens=6_000)
    assert replicas[0].admit(first, CHEAP).refusal is None
    assert isinstance(replicas[1].admit(asked(max_tokens=6_000), CHEAP).refusal, BudgetExceeded)
    replicas[0].settle(answered(first, CHEAP, 1))
    assert replicas[1].admit(asked(max_tokens=6_000), CHEAP).refusal is None
    assert replicas[2].admit(asked(max_tokens=1), CHEAP).refusal is None
    assert isinstance(replicas[0].admit(asked(max_tokens=1), CHEAP).refusal, RateLimited)


def test_nobody_is_refused_for_what_a_gateway_held_that_is_no_more(engine: Engine) -> None:
    rules = LimitRules(each_team=daily(CENT))
    gone, other = Desk(engine, rules, 100.0), Desk(engine, rules, 100.0)
    gone.admit(asked(max_tokens=9_000), CHEAP)
    other.now_s = NOON_S + 100 + LEASE_MARGIN_S - 1
    assert other.admit(asked(max_tokens=9_000), CHEAP).refusal is not None
    other.now_s += 1
    assert other.admit(asked(max_tokens=9_000), CHEAP).refusal is None
    assert other.money("team:claims") == (0, 9_000 * NANO_USD_PER_TOKEN)


def test_what_was_held_is_given_back_once(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_team=daily(CENT)))
    desk.admit(asked(max_tokens=4_000), CHEAP)
    desk.now_s += 50
    desk.admit(asked(max_tokens=4_000), CHEAP)
    released = []
    for _ in range(3):
        with engine.begin() as connection:
            released.append(release_expired(connection, NOON_S + 100 + LEASE_MARGIN_S))
    assert released == [1, 0, 0]
    assert desk.money("team:claims") == (0, 4_000 * NANO_USD_PER_TOKEN)


def test_an_outcome_that_comes_after_its_hold_was_released_still_counts(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_team=daily(CENT)))
    request = asked(max_tokens=4_000)
    desk.admit(request, CHEAP)
    with engine.begin() as connection:
        release_expired(connection, NOON_S + 1_000)
    assert desk.window("team:claims", "day") == (1, 0, 0, 0)
    desk.settle(answered(request, CHEAP, 3_000))
    assert desk.window("team:claims", "day") == (1, 3_005, 3_000 * NANO_USD_PER_TOKEN, 0)
    assert desk.holds() == 0


def test_an_outcome_of_a_request_that_held_nothing_changes_nothing(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_team=daily(CENT)))
    desk.settle(answered(asked(), CHEAP, 3_000))
    assert desk.window("team:claims", "day") is None


def test_old_windows_go_and_what_is_held_stays(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_team=Limits(9, None, CENT, CENT)))
    request = asked(max_tokens=1_000)
    desk.admit(request, CHEAP)
    pruned = []
    for days in (0, 1, 70, 500):
        with engine.begin() as connection:
            pruned.append(prune_windows(connection, NOON_S + days * 86_400))
    assert pruned == [0, 1, 1, 1]
    assert desk.holds() == 1
    desk.settle(answered(request, CHEAP, 10))
    assert desk.holds() == 0


def test_a_released_hold_goes_when_no_outcome_will_come_any_more(engine: Engine) -> None:
    desk = Desk(engine, LimitRules(each_team=daily(CENT)))
    desk.admit(asked(), CHEAP)
    with engine.begin() as connection:
        release_expired(connection, NOON_S + 1_000)
        prune_windows(connection, NOON_S + 1_000)
    assert desk.holds() == 1
    with engine.begin() as connection:
        prune_windows(connection, NOON_S + 1_000 + RELEASED_KEPT_S)
    assert desk.holds() == 0


def test_no_refusal_quotes_a_name_that_is_not_the_callers(engine: Engine) -> None:
    rules = LimitRules(all=Limits(requests_per_minute=1), each_team=daily(1), each_key=daily(1))
    desk = Desk(engine, rules)
    for principal in (caller("team-of-somebody", new_id()), caller("another-one", new_id())):
        text = str(desk.admit(asked(), DEAR, principal=principal).refusal)
        assert principal.team not in text
        assert principal.key_id not in text
