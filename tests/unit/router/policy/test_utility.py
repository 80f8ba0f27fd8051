"""What is expected of a model is worth more the better, the cheaper and the faster it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from policy_tables import LABELS, model, policy, rules_of

from router.domain import ModelSpec, Price
from router.policy.conditions import ModelCondition
from router.policy.routing_rules import Weights
from router.policy.utility import ASSUMED_OUTPUT_TOKENS, Objective, lateness
from router.registry.card import QualityFigure
from router.task import Features, Preference, Task

HOME: ModelSpec = (
    rules_of(
        [model("home", on_prem=True, approved=LABELS, context_tokens=10_000)],
        policy({"private": ["home"]}, {label: {"any": ["private"]} for label in LABELS}),
    )
    .registry.entries["home@1"]
    .spec
)
weights = st.floats(0, 100)
seconds = st.floats(0.001, 1_000)
scores = st.floats(0, 1)


def priced(output_usd_per_mtok: float) -> ModelSpec:
    return replace(HOME, price=Price(0, output_usd_per_mtok))


def utility(
    objective: Objective, quality: float, usd: float = 0.0, tpot_s: float | None = None
) -> float:
    figure = QualityFigure(10, quality, quality, quality)
    found = objective.expect("m", priced(usd), figure, ModelCondition(tpot_s=tpot_s)).utility
    assert found is not None
    return found


@given(st.builds(Weights, weights, weights, weights), scores, scores, seconds)
def test_better_answers_are_never_worth_less(
    weighed: Weights, one: float, other: float, tpot_s: float
) -> None:
    low, high = sorted((one, other))
    objective = Objective(Features(), 10.0, weighed)
    assert utility(objective, low, 5, tpot_s) <= utility(objective, high, 5, tpot_s)


@given(st.builds(Weights, weights, weights, weights), st.floats(0, 500), st.floats(0, 500), scores)
def test_dearer_answers_are_never_worth_more(
    weighed: Weights, one: float, other: float, quality: float
) -> None:
    low, high = sorted((one, other))
    objective = Objective(Features(), 10.0, weighed)
    assert utility(objective, quality, high) <= utility(objective, quality, low)


@given(st.builds(Weights, weights, weights, weights), seconds, seconds, scores)
def test_slower_answers_are_never_worth_more(
    weighed: Weights, one: float, other: float, quality: float
) -> None:
    low, high = sorted((one, other))
    objective = Objective(Features(), 10.0, weighed)
    assert utility(objective, quality, 1, high) <= utility(objective, quality, 1, low)


@given(seconds, seconds)
def test_a_second_beyond_the_objective_counts_more_than_one_within(
    latency_s: float, objective_s: float
) -> None:
    late = lateness(latency_s, objective_s)
    assert late >= 0
    if latency_s <= objective_s:
        assert late == pytest.approx(latency_s / objective_s)
    else:
        assert late >= latency_s / objective_s


def test_the_terms_are_in_parts_of_one_right_answer() -> None:
    """0.8 right, 1 cent at 20 a dollar, and exactly on time at 0.05: 0.8 - 0.2 - 0.05."""
    objective = Objective(Features(), 3.0, Weights(1.0, 20.0, 0.05))
    usd_per_mtok = 0.01 / ASSUMED_OUTPUT_TOKENS * 1e6
    tpot_s = 3.0 / ASSUMED_OUTPUT_TOKENS
    assert utility(objective, 0.8, usd_per_mtok, tpot_s) == pytest.approx(0.55)


@given(st.sampled_from(Preference), weights, weights, weights, st.floats(1, 10))
def test_what_a_caller_prefers_counts_more_and_the_rest_as_before(
    preference: Preference, quality: float, cost: float, latency: float, times: float
) -> None:
    assume(times > 1)
    before = Weights(quality, cost, latency)
    after = before.preferring(preference, {preference: times})
    for each in Preference:
        was, is_now = getattr(before, each.value), getattr(after, each.value)
        assert is_now == (was * times if each is preference else was)
    assert before.preferring(preference, {}) == before
    assert before.preferring(None, {preference: times}) == before


def test_answers_are_expected_as_long_as_they_were_and_never_longer_than_asked() -> None:
    figure = QualityFigure(10, 0.5, 0.4, 0.6, output_tokens=1_000)
    dear = priced(1.0)

    def cost(features: Features, known: QualityFigure | None) -> int:
        objective = Objective(features, 1.0, Weights())
        return objective.expect("m", dear, known, ModelCondition()).cost_nano_usd

    assert cost(Features(), figure) == 1_000 * 1_000
    assert cost(Features(), None) == ASSUMED_OUTPUT_TOKENS * 1_000
    assert cost(Features(max_output_tokens=10), figure) == 10 * 1_000


def test_without_a_figure_there_is_no_utility_and_a_cost_nevertheless() -> None:
    objective = Objective(Features(task=Task.CODE, input_tokens=100), 1.0, Weights())
    expected = objective.expect("m", replace(HOME, price=Price(1, 0)), None, ModelCondition())
    assert (expected.quality, expected.utility, expected.latency_s) == (None, None, None)
    assert expected.cost_nano_usd == 100_000


def test_a_full_model_is_expected_to_take_its_queues_time() -> None:
    free = ModelCondition(running=3, places=4, ttft_s=1.0, tpot_s=0.01)
    full = replace(free, running=4, waiting=7)
    assert free.latency_s(100) == pytest.approx(2.0)
    assert full.latency_s(100) == pytest.approx(2.0 + 2.0 * 8 / 4)
    assert ModelCondition(running=9).latency_s(100) is None
