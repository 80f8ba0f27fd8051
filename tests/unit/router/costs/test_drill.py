"""A drill says what becomes of requests when a model is gone, and changes nothing but that."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.config.yaml_document import parse_yaml
from router.costs.change import (
    Change,
    changed,
    models_named,
    models_of_provider,
    new_prices,
)
from router.costs.drill import Drill, Known, drill
from router.costs.figures import Figure
from router.costs.latency import Latency
from router.costs.load import Limits, limits_of
from router.domain import DataClass, Price
from router.policy.kinds import Kind
from router.policy.load import build_rules
from router.policy.policy import Rules
from router.policy.traffic import Made
from router.registry.card import QualityFigure
from router.registry.throughput import Throughput
from router.task import Features, Task
from tests.stack import PROVIDERS, models_document, policy_document

TODAY = date(2026, 11, 22)
PRIVATE, FAST, OPENAI = "private-model@1", "fast-model@1", "openai-model@1"
ANTHROPIC = "anthropic-model@1"
HOUR_S = 3_600.0


def rules_with(**policy: Any) -> Rules:
    documents: tuple[dict[str, Any], ...] = (
        models_document(dict.fromkeys(PROVIDERS, "https://api.example")),
        deepcopy(policy_document()) | policy,
    )
    for entry in documents[0]["models"]:
        # Nothing is reached: addresses are as good as any.
        entry["backend"].pop("allowed_networks", None)
        if entry["location"] == "on-prem":
            entry["backend"] |= {
                "base_url": "http://127.0.0.1:9/v1",
                "allowed_networks": ["127.0.0.0/8"],
            }
    models, policy_file = (
        parse_yaml(json.dumps(each).encode(), name)
        for each, name in zip(documents, ("models.yaml", "policy.yaml"), strict=True)
    )
    return build_rules(models, policy_file)


RULES = rules_with()


def made(
    found: DataClass = DataClass.PUBLIC,
    choice: str = "balanced",
    count: int = 1,
    at_s: float = 0.0,
    task: Task = Task.MATHS,
) -> list[Made]:
    kind = Kind(found, choice, team="default", purpose="general")
    features = Features(task=task, input_tokens=1_000_000)
    return [Made(kind, 1_000_000, features=features, made_at_s=at_s) for _ in range(count)]


def run(requests: list[Made], change: Change, known: Known | None = None) -> Drill:
    return drill(requests, RULES, changed(RULES, change), TODAY, known or Known())


def counts(result: Drill) -> dict[str, tuple[int, int]]:
    return {name: (was.requests, then.requests) for name, was, then in result.destinations}


def test_without_a_provider_its_requests_go_where_the_policy_sends_them_next() -> None:
    gone = models_of_provider(RULES.registry, "openai")
    assert OPENAI in gone
    requests = [*made(count=3), *made(DataClass.RESTRICTED, "private", count=2)]
    result = run(requests, Change(gone))
    assert (result.requests, result.moved, result.refused) == (5, 3, 0)
    assert counts(result) == {OPENAI: (3, 0), PRIVATE: (2, 2), ANTHROPIC: (0, 3)}


def test_what_only_a_gone_model_may_answer_is_refused() -> None:
    gone = models_named(RULES.registry, "private-model")
    result = run(made(DataClass.RESTRICTED, "private", count=4), Change(gone))
    assert (result.moved, result.refused) == (4, 4)
    assert counts(result) == {PRIVATE: (4, 0), "not_permitted": (0, 4)}


def test_a_model_that_was_named_and_is_gone_is_answered_by_the_usual_way() -> None:
    result = run(made(choice="openai-model@1"), Change(frozenset({OPENAI})))
    assert result.refused == 0
    assert counts(result)[OPENAI] == (1, 0)


def test_what_stands_in_for_a_gone_model_stands_in() -> None:
    rules = rules_with(fallbacks={"fast-model": ["private-model"]})
    after = changed(rules, Change(frozenset({FAST})))
    result = drill(made(DataClass.CONFIDENTIAL, "fast"), rules, after, TODAY, Known())
    assert counts(result) == {FAST: (1, 0), PRIVATE: (0, 1)}


@given(
    st.frozensets(st.sampled_from(sorted(RULES.registry.entries))),
    st.sampled_from(list(DataClass)),
    st.sampled_from(["auto", "fast", "balanced", "reasoning", "private"]),
)
def test_nothing_goes_to_what_is_gone_nor_where_it_was_not_permitted(
    gone: frozenset[str], found: DataClass, choice: str
) -> None:
    result = run(made(found, choice), Change(gone))
    (there,) = [name for name, _, then in result.destinations if then.requests]
    assert there not in gone
    if there in RULES.registry.entries:
        assert found in RULES.registry.entries[there].spec.approved


def test_a_price_changes_what_is_paid_and_nothing_else() -> None:
    prices = new_prices(RULES.registry, "openai-model=x2.5")
    result = run(made(count=2), Change(prices=prices))
    assert (result.moved, result.refused) == (0, 0)
    # A million tokens at one dollar, twice.
    assert (result.cost_before_nano_usd, result.cost_after_nano_usd) == (2 * 10**9, 5 * 10**9)


def with_quality(rules: Rules, **scores: float) -> Rules:
    """The same rules with a measured score in maths for some models, by the name of their id."""
    entries = dict(rules.registry.entries)
    for name, score in scores.items():
        entry = entries[f"{name}-model@1"]
        figure = QualityFigure(400, score, score - 0.02, score + 0.02, output_tokens=300.0)
        entries[entry.spec.key] = replace(
            entry, card=replace(entry.card, quality={Task.MATHS: figure})
        )
    return replace(rules, registry=replace(rules.registry, entries=entries))


def test_where_models_are_ranked_by_utility_a_price_moves_what_is_not_worth_it_any_more() -> None:
    tiers = {"fast": ["fast-model"], "balanced": ["openai-model", "private-model"]}
    tiers |= {"reasoning": ["anthropic-model"], "private": ["private-model"]}
    rules = with_quality(rules_with(tiers=tiers), openai=0.9, private=0.7)
    dear = changed(rules, Change(prices=new_prices(rules.registry, "openai-model=x100")))
    kind = Kind(DataClass.PUBLIC, "balanced", team="default", purpose="general")
    maths = Made(kind, 1_000, 300, features=Features(task=Task.MATHS, input_tokens=1_000))
    code = replace(maths, features=Features(task=Task.CODE, input_tokens=1_000))
    result = drill([maths, code], rules, dear, TODAY, Known())
    # Of code nothing was measured: it stays as it is written.
    assert counts(result) == {OPENAI: (2, 1), PRIVATE: (0, 1)}


@pytest.mark.parametrize(
    ("said", "price"),
    [
        ("openai-model=x2", Price(2.0, 4.0)),
        ("openai-model@1=\u00d70.5", Price(0.5, 1.0)),
        ("openai-model=*3", Price(3.0, 6.0)),
        ("openai-model = 0.25/0.75", Price(0.25, 0.75)),
    ],
)
def test_prices_are_said_in_the_ways_that_people_say_them(said: str, price: Price) -> None:
    assert new_prices(RULES.registry, said) == {OPENAI: price}


@pytest.mark.parametrize(
    "said", ["openai-model", "openai-model=2", "=x2", "openai-model=x-1", "openai-model=x9999999"]
)
def test_what_is_no_price_says_how_to_write_one(said: str) -> None:
    with pytest.raises(ValueError, match="price"):
        new_prices(RULES.registry, said)


def test_names_that_nothing_has_are_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="openai-model"):
        models_named(RULES.registry, "opnai-model")
    with pytest.raises(ValueError, match="anthropic, fast, openai, private"):
        models_of_provider(RULES.registry, "opnai")


def test_quality_is_said_of_what_has_figures_and_the_rest_is_named() -> None:
    figures = {
        ("maths", OPENAI): Figure(0.9, 0.88, 0.92, 400),
        ("maths", ANTHROPIC): Figure(0.7, 0.66, 0.74, 400),
    }
    requests = [*made(count=2), *made(task=Task.CODE, count=3), *made(task=Task.OTHER)]
    result = run(requests, Change(frozenset({OPENAI})), Known(figures=figures))
    quality = result.quality
    assert quality is not None
    assert quality.requests == 2
    assert quality.gained.mean == pytest.approx(-0.2)
    assert quality.gained.high < 0
    assert quality.missing == (
        ("code", ANTHROPIC),
        ("code", OPENAI),
        ("other", ANTHROPIC),
        ("other", OPENAI),
    )


def test_latency_is_what_the_models_took_of_those_that_answered_at_all() -> None:
    took = {OPENAI: Latency(10, 2.0, 2.0, 3.0), ANTHROPIC: Latency(10, 5.0, 5.0, 9.0)}
    change = Change(frozenset({OPENAI}))
    result = run(made(count=4), change, Known(latencies=took))
    assert result.latency is not None
    assert (result.latency.before_s, result.latency.after_s) == (2.0, 5.0)
    assert run(made(), change).latency is None


def test_the_busiest_hour_is_held_against_places_by_little_s_law() -> None:
    """360 requests in an hour of 20 s each are two at once on average."""
    known = Known(
        latencies={PRIVATE: Latency(10, 20.0, 20.0, 30.0)}, limits={PRIVATE: Limits(places=1)}
    )
    requests = [
        *made(DataClass.RESTRICTED, "private", count=360, at_s=5 * HOUR_S),
        *made(DataClass.RESTRICTED, "private", count=100, at_s=7 * HOUR_S),
    ]
    (peak,) = run(requests, Change(), known).peaks
    assert (peak.model, peak.from_s, peak.limit) == (PRIVATE, 5 * HOUR_S, "places")
    assert peak.use == pytest.approx(2.0)
    assert peak.without_place == 180
    assert peak.requests_per_s == pytest.approx(0.1)


def test_a_record_of_throughput_limits_tokens() -> None:
    """A million tokens in at 1,000 a second are 1,000 s of work; 7.2 of them fill two hours."""
    known = Known(limits={PRIVATE: Limits(places=9, throughput=Throughput(1_000.0, 100.0))})
    (peak,) = run(made(DataClass.RESTRICTED, "private", count=9), Change(), known).peaks
    assert (peak.limit, peak.use) == ("throughput", pytest.approx(2.5))
    assert peak.without_place == 5


def test_what_nobody_knows_the_capacity_of_is_not_said_to_fit() -> None:
    (peak,) = run(
        made(DataClass.RESTRICTED, "private"), Change(), Known(limits={PRIVATE: Limits()})
    ).peaks
    assert (peak.use, peak.limit, peak.without_place) == (None, None, 0)


def test_places_are_those_of_all_gateways() -> None:
    rules = rules_with(capacity={"models": {"private-model": {"concurrent": 4}}, "gateways": 3})
    entry = rules.registry.entries[PRIVATE]
    assert limits_of(entry, rules.policy.capacity).places == 12
    nothing = replace(rules.policy.capacity, models={})
    assert limits_of(entry, nothing) == Limits()


def test_no_requests_are_answered_with_zeros() -> None:
    result = run([], Change(frozenset({OPENAI})))
    assert (result.requests, result.quality, result.latency, result.peaks) == (0, None, None, ())
