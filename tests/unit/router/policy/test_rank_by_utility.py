"""Among models that may answer, the one that is worth most goes first; none is added by it (I3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from policy_tables import (
    LABELS,
    canary,
    classified,
    model,
    policy,
    principal,
    request,
    rules_of,
    rules_of_versions,
    version,
)

from router.domain import DataClass, Decision, InferenceRequest, Price, Principal
from router.policy.conditions import Conditions, ModelCondition
from router.policy.decide import decide
from router.policy.explain import explain
from router.policy.policy import Rules
from router.registry.card import QualityFigure
from router.task import Features, Preference, Task, TaskBasis

SUMMARY = Features(task=Task.SUMMARY, task_basis=TaskBasis.DECLARED, input_tokens=1_000)
ROUTING = {
    "rank": {"auto": "utility", "tiers": "utility"},
    "weights": {"quality": 1.0, "cost": 20.0, "latency": 0.1},
    "prefer": {"cost": 10.0, "quality": 10.0, "latency": 10.0},
    "conversation": {"keep_hours": 1, "min_gain": 0.05},
}
SMALL, LARGE, HOME, OTHER = "small@1", "large@1", "home@1", "other@1"
QUALITY = {SMALL: 0.7, LARGE: 0.8, HOME: 0.5, OTHER: 0.6}
USD_PER_MTOK = {SMALL: 1.0, LARGE: 10.0}


def measured(
    rules: Rules,
    quality: Mapping[str, float] = QUALITY,
    prices: Mapping[str, float] = USD_PER_MTOK,
    task: Task = Task.SUMMARY,
) -> Rules:
    """The rules, with models that were evaluated and cost something."""
    entries = dict(rules.registry.entries)
    for key, mean in quality.items():
        if key in entries:
            figures = {task: QualityFigure(200, mean, mean, mean, output_tokens=100)}
            card = replace(entries[key].card, quality=figures)
            entries[key] = replace(entries[key], card=card)
    for key, usd_per_mtok in prices.items():
        if key in entries:
            spec = replace(entries[key].spec, price=Price(usd_per_mtok, usd_per_mtok))
            entries[key] = replace(entries[key], spec=spec)
    return replace(rules, registry=replace(rules.registry, entries=entries))


def models() -> list[dict[str, object]]:
    return [
        model("small", on_prem=True, approved=LABELS),
        model("large", on_prem=False, approved=LABELS[:2]),
        model("home", on_prem=True, approved=LABELS),
        model("other", on_prem=True, approved=LABELS),
    ]


def written(**more: Any) -> dict[str, object]:
    tiers = {"fast": ["small"], "balanced": ["large"], "private": ["home", "other"]}
    auto = {"auto": ["fast", "balanced", "private"], "fast": ["fast"], "any": ["private"]}
    routes = {
        **dict.fromkeys(LABELS[:2], auto),
        **{label: {"any": ["private"]} for label in LABELS[2:]},
    }
    return policy(tiers, routes) | {"routing": ROUTING} | more


RULES = measured(rules_of(models(), written()))


def decided(
    rules: Rules = RULES,
    asked: InferenceRequest | None = None,
    features: Features = SUMMARY,
    data_class: DataClass = DataClass.PUBLIC,
    conditions: Mapping[str, ModelCondition] | None = None,
    asker: Principal | None = None,
) -> Decision:
    return decide(
        asked or request(),
        classified(data_class),
        asker or principal(),
        rules,
        features,
        Conditions(conditions or {}),
    )


def plan(**more: Any) -> list[str]:
    return [step.model.key for step in decided(**more).plan]


def test_auto_takes_the_models_of_all_its_tiers_together() -> None:
    """large: .8 - 20 * .011 = .58; small: .7 - 20 * .0011 = .678; other .6; home .5."""
    decision = decided()
    assert [step.model.key for step in decision.plan] == [SMALL, OTHER, LARGE, HOME]
    assert {"task:summary", "task_by:declared", "rank:utility"} <= set(decision.reasons)
    assert {each.model: round(each.utility or 0, 3) for each in decision.expectations} == {
        SMALL: 0.678,
        LARGE: 0.58,
        HOME: 0.5,
        OTHER: 0.6,
    }


def test_a_tier_is_ordered_within_itself() -> None:
    assert plan(data_class=DataClass.RESTRICTED) == [OTHER, HOME]
    assert plan(asked=request("private")) == [OTHER, HOME]


def test_as_written_all_is_as_written() -> None:
    rules = measured(rules_of(models(), written(routing={})))
    decision = decided(rules)
    assert [step.model.key for step in decision.plan] == [SMALL, LARGE, HOME, OTHER]
    assert not any(reason.startswith("rank:") for reason in decision.reasons)
    assert decision.expectations == ()


@pytest.mark.parametrize(
    ("preference", "first"),
    [(Preference.COST, OTHER), (Preference.QUALITY, LARGE), (Preference.LATENCY, OTHER)],
)
def test_callers_have_their_preference(preference: Preference, first: str) -> None:
    conditions = {SMALL: ModelCondition(ttft_s=9.0), LARGE: ModelCondition(ttft_s=12.0)}
    rules = measured(RULES, prices={SMALL: 4.0, LARGE: 10.0})
    asked = replace(request(), prefer=preference)
    decision = decided(rules, asked, conditions=conditions)
    assert decision.plan[0].model.key == first
    assert f"prefer:{preference.value}" in decision.reasons


def test_a_model_that_nobody_evaluated_leaves_the_pool_as_it_is_written() -> None:
    rules = measured(rules_of(models(), written()), {SMALL: 0.1, LARGE: 0.9, HOME: 0.2})
    decision = decided(rules)
    assert [step.model.key for step in decision.plan] == [SMALL, LARGE, HOME, OTHER]
    assert "rank:no_figures" in decision.reasons
    assert plan(features=replace(SUMMARY, task=Task.CODE)) == [SMALL, LARGE, HOME, OTHER]


def test_figures_of_models_that_may_not_answer_do_not_matter() -> None:
    rules = measured(rules_of(models(), written()), {HOME: 0.2, OTHER: 0.3})
    assert "rank:utility" in decided(rules, data_class=DataClass.RESTRICTED).reasons


def test_a_pinned_model_stays_first() -> None:
    assert plan(asked=request("home"))[0] == HOME
    assert plan(asked=request("large@1"))[0] == LARGE


def test_tiers_that_stakes_prefer_stay_before_what_is_worth_more() -> None:
    stakes = {"legal": {"prefer": {"public": ["balanced"]}}}
    rules = measured(rules_of(models(), written(stakes=stakes)))
    assert plan(rules=rules, asked=replace(request(), stakes="legal"))[:2] == [LARGE, SMALL]


def test_fallbacks_stay_last() -> None:
    routes = {label: {"any": ["private"]} for label in LABELS}
    tiers = {"fast": ["small"], "private": ["home"]}
    both = policy(tiers, routes) | {"routing": ROUTING, "fallbacks": {"home": ["small"]}}
    rules = measured(rules_of(models(), both))
    assert plan(rules=rules) == [HOME, SMALL]


def test_a_canary_goes_before_its_champion_wherever_that_is() -> None:
    entries = [version(entry) for entry in models()]
    rules = rules_of_versions([*entries, canary(entries[3], 0.999999)], written())
    found = plan(rules=measured(rules))
    assert found[found.index("other@2") + 1] == OTHER


def test_what_is_down_goes_last_in_its_pool() -> None:
    down = {SMALL: ModelCondition(breaker_open=True)}
    assert plan(conditions=down) == [OTHER, LARGE, HOME, SMALL]


def test_a_queue_sends_requests_elsewhere_when_they_are_in_a_hurry() -> None:
    busy = ModelCondition(running=8, waiting=40, places=8, ttft_s=0.5, tpot_s=0.01)
    idle = ModelCondition(places=8, ttft_s=0.5, tpot_s=0.01)
    conditions = {SMALL: busy, LARGE: idle, HOME: idle, OTHER: idle}
    hurry = replace(request(), max_latency_ms=2_000)
    assert plan(asked=hurry, conditions=conditions)[0] == OTHER
    assert plan(asked=replace(hurry, max_latency_ms=600_000), conditions=conditions)[0] == SMALL


def test_the_objective_is_the_callers_then_the_teams_then_the_routes() -> None:
    slow = {SMALL: ModelCondition(ttft_s=20.0)}
    routing = ROUTING | {"team_max_latency_ms": {"team": 5_000}}
    assert plan(conditions=slow)[0] == SMALL
    rules = measured(rules_of(models(), written(routing=routing)))
    assert plan(rules=rules, conditions=slow)[0] == OTHER
    patient = replace(request(), max_latency_ms=100_000)
    assert plan(rules=rules, asked=patient, conditions=slow)[0] == SMALL
    objectives = {"latency_objectives": {"fast": {"total_ms": 5_000}}}
    rules = measured(rules_of(models(), written(**objectives)))
    assert plan(rules=rules, conditions=slow)[0] == OTHER


def test_whoever_asks_is_shown_what_was_expected() -> None:
    decision = decided(conditions={SMALL: ModelCondition(ttft_s=1.0, tpot_s=0.01)})
    shown = explain(decision, classified(DataClass.PUBLIC), RULES)
    assert shown["task"] == "summary"
    by_model = {entry["model"]: entry["expected"] for entry in shown["models"]}  # type: ignore
    assert by_model[SMALL]["quality"] == 0.7
    assert by_model[SMALL]["cost_usd"] == pytest.approx(0.0011)
    assert by_model[SMALL]["latency_s"] == pytest.approx(2.0)
    assert by_model[SMALL]["utility"] < by_model[SMALL]["quality"]
    restricted = decided(data_class=DataClass.RESTRICTED)
    shown = explain(restricted, classified(DataClass.RESTRICTED), RULES)
    by_model = {entry["model"]: entry["expected"] for entry in shown["models"]}  # type: ignore
    assert by_model[LARGE] is None


# A conversation and its model.

GOING_ON = replace(SUMMARY, conversation_model=LARGE, turns=2)


def test_a_conversation_keeps_its_model_for_a_small_gain() -> None:
    rules = measured(RULES, {SMALL: 0.60, LARGE: 0.79, HOME: 0.5, OTHER: 0.6})
    decision = decided(rules, features=GOING_ON)
    assert decision.plan[0].model.key == LARGE
    assert "kept:conversation" in decision.reasons
    assert plan(rules=rules)[0] == OTHER


def test_a_conversation_goes_where_much_is_won_by_it() -> None:
    decision = decided(features=GOING_ON)
    assert decision.plan[0].model.key == SMALL
    assert "moved:gain" in decision.reasons


def test_what_a_lost_prefix_costs_is_taken_off_the_gain() -> None:
    """small is worth .098 more; reading 100,000 tokens anew costs 2 dollars there."""
    rules = measured(RULES, prices={SMALL: 1.0, LARGE: 0.0})
    rules = measured(rules, {SMALL: 0.9, LARGE: 0.7, HOME: 0.5, OTHER: 0.6})
    short, long = (replace(GOING_ON, input_tokens=tokens) for tokens in (10, 1_000))
    assert plan(rules=rules, features=short)[0] == SMALL
    dear = measured(rules, prices={SMALL: 5.0})
    assert plan(rules=dear, features=long)[0] == LARGE


def test_in_a_tool_loop_no_gain_moves_it_and_no_stakes() -> None:
    stakes = {"legal": {"prefer": {"public": ["private"]}}}
    rules = measured(rules_of(models(), written(stakes=stakes)))
    looping = replace(GOING_ON, in_tool_loop=True)
    for asked in (request(), replace(request(), stakes="legal")):
        decision = decided(rules, asked, looping)
        assert decision.plan[0].model.key == LARGE
        assert "kept:tool_loop" in decision.reasons
        assert not any(each.startswith("moved:") for each in decision.reasons)


@pytest.mark.parametrize(
    "message",
    [
        {"role": "assistant", "content": "x", "thinking_blocks": [{"signature": "s"}]},
        {"role": "assistant", "content": [{"type": "redacted_thinking", "data": "d"}]},
        {"role": "assistant", "tool_calls": [{"id": "not for every provider: {1}"}]},
    ],
)
def test_what_only_its_model_understands_keeps_the_model(message: dict[str, Any]) -> None:
    asked = request(messages=[{"role": "user", "content": "a"}, message])
    decision = decided(asked=asked, features=GOING_ON)
    assert decision.plan[0].model.key == LARGE
    assert "kept:bound" in decision.reasons


def test_ids_that_every_provider_takes_bind_nobody() -> None:
    call = {"role": "assistant", "tool_calls": [{"id": "toolu_01-a"}]}
    asked = request(messages=[{"role": "user", "content": "a"}, call])
    assert "moved:gain" in decided(asked=asked, features=GOING_ON).reasons


@pytest.mark.parametrize("in_tool_loop", [False, True])
def test_class_failure_and_a_name_win_over_keeping(in_tool_loop: bool) -> None:
    going_on = replace(GOING_ON, in_tool_loop=in_tool_loop)
    risen = decided(features=going_on, data_class=DataClass.RESTRICTED)
    assert LARGE not in [step.model.key for step in risen.plan]
    down = {LARGE: ModelCondition(breaker_open=True)}
    assert plan(features=going_on, conditions=down)[0] == SMALL
    assert plan(features=going_on, asked=request("home"))[0] == HOME
    gone = replace(going_on, conversation_model="gone@7")
    assert plan(features=gone)[0] == SMALL
    assert LARGE not in plan(features=going_on, asked=request("fast"))


def test_without_figures_a_conversation_keeps_its_model() -> None:
    rules = rules_of(models(), written())
    assert plan(rules=rules, features=GOING_ON)[0] == LARGE
    # Of two that were evaluated the other may be better: the pool is not compared.
    some = measured(rules, {SMALL: 0.9, LARGE: 0.1})
    assert "kept:conversation" in decided(some, features=GOING_ON).reasons
    as_written = rules_of(models(), written(routing={"conversation": {}}))
    # Tier by tier, that is: only within its own does a model of a conversation go first.
    in_private = replace(GOING_ON, conversation_model=OTHER)
    assert plan(rules=as_written, features=in_private) == [SMALL, LARGE, OTHER, HOME]


def test_a_policy_that_remembers_nothing_keeps_nothing() -> None:
    rules = rules_of(models(), written(routing={}))
    looping = replace(GOING_ON, in_tool_loop=True)
    assert plan(rules=rules, features=looping) == [SMALL, LARGE, HOME, OTHER]


@pytest.mark.parametrize("began_with", ["other@1", "other@2"])
def test_a_conversation_keeps_the_version_that_it_began_with(began_with: str) -> None:
    entries = [version(entry) for entry in models()]
    rules = measured(rules_of_versions([*entries, canary(entries[3], 0.5)], written()))
    going_on = replace(GOING_ON, conversation_model=began_with, in_tool_loop=True)
    for number in range(20):
        asked = replace(request(), request_id=f"r{number}")
        assert plan(rules=rules, asked=asked, features=going_on)[0] == began_with


def learned(predicted: dict[str, float], **more: Any) -> Decision:
    return decide(
        request(),
        classified(more.get("data_class", DataClass.PUBLIC)),
        principal(),
        RULES,
        SUMMARY,
        Conditions(predicted=predicted),
    )


def test_what_a_learned_router_expects_of_this_request_goes_before_figures_by_task() -> None:
    decision = learned({SMALL: 0.1, LARGE: 0.99, HOME: 0.2, OTHER: 0.3})
    assert [step.model.key for step in decision.plan] == [LARGE, OTHER, HOME, SMALL]
    assert {"rank:utility", "rank:learned"} <= set(decision.reasons)
    by_key = {each.model: each.quality for each in decision.expectations}
    assert by_key[LARGE] == 0.99


def test_a_learned_router_that_does_not_know_all_of_a_pool_is_not_asked_of_it() -> None:
    decision = learned({SMALL: 0.1, LARGE: 0.99})
    assert [step.model.key for step in decision.plan] == plan()
    assert "rank:learned" not in decision.reasons


def test_a_learned_router_adds_nothing_to_what_is_permitted() -> None:
    everything = {SMALL: 0.1, LARGE: 0.99, HOME: 0.2, OTHER: 0.3}
    decision = learned(everything, data_class=DataClass.RESTRICTED)
    assert [step.model.key for step in decision.plan] == [OTHER, HOME]
