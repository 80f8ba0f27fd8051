"""For which requests a cheaper model is tried first, and why not for others. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.config.yaml_document import parse_yaml
from router.domain import (
    Basis,
    Classification,
    DataClass,
    Decision,
    Endpoint,
    InferenceRequest,
    Principal,
    Tier,
)
from router.escalation.plan import Cascading, plan_cascade
from router.policy.decide import decide
from router.policy.load import build_rules
from router.policy.policy import CHOICES, Rules
from router.task import Features, Task
from tests.cascading import CHEAP, STRONG, certificate
from tests.cascading import cascading as edited
from tests.stack import PROVIDERS, models_document, policy_document

TODAY = datetime.now(UTC).date()
CALLER = Principal("k", "default", DataClass.PUBLIC, frozenset(Tier))
USER: Any = [{"role": "user", "content": "Name a river."}]
TOOLS: Any = [{"type": "function", "function": {"name": "find"}}]


def document(data: dict[str, Any], file: str) -> Any:
    import json

    return parse_yaml(json.dumps(data, indent=1).encode(), file)


def rules(directory: Path, edit: Any = None, **pair: Any) -> Rules:
    models = models_document(dict.fromkeys(PROVIDERS, "http://127.0.0.1:9"))
    policy = policy_document()
    (edit or edited(directory, **pair))(models, policy)
    return build_rules(document(models, "models.yaml"), document(policy, "policy.yaml"))


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return rules(tmp_path_factory.mktemp("usual"))


def asked(choice: str = "auto", **changes: Any) -> InferenceRequest:
    body = {"model": choice, "messages": USER} | changes.pop("body", {})
    request = InferenceRequest(
        request_id="0199f0a4-7d4e-7cc1-9f3e-3f6a4c0d5e21",
        endpoint=Endpoint.CHAT,
        body=body,
        choice=choice,
        stream=False,
    )
    return replace(request, **changes)


def decided(
    rules: Rules,
    request: InferenceRequest,
    data_class: DataClass = DataClass.INTERNAL,
    features: Features | None = None,
    caller: Principal = CALLER,
) -> Decision:
    classification = Classification(data_class, (Basis.DEFAULT,), (), "test")
    decision = decide(request, classification, caller, rules)
    return replace(decision, features=features or Features(task=Task.SUMMARY))


def planned(
    rules: Rules, request: InferenceRequest, day: date = TODAY, **more: Any
) -> tuple[Cascading | None, str | None]:
    caller = more.get("caller", CALLER)
    return plan_cascade(request, decided(rules, request, **more), caller, rules, day)


def test_the_cheap_tier_is_tried_before_the_strong_one_and_the_rest_comes_last(
    usual: Rules,
) -> None:
    cascading, code = planned(usual, asked())
    assert cascading is not None
    assert code == "cascade:fast>balanced"
    assert cascading.cheap.model.key == CHEAP
    assert [step.model.key for step in cascading.strong] == [STRONG]
    assert [step.model.key for step in cascading.rest] == ["private-model@1"]
    assert [model.key for model in cascading.beside] == [CHEAP]


@pytest.mark.parametrize(
    ("request_of", "code"),
    [
        (asked(cascade=False), "cascade:declined"),
        (asked(stakes="medical"), "cascade:stakes"),
        (asked(stream=True), "cascade:stream"),
        (asked(body={"tools": TOOLS}), "cascade:tools"),
        (asked(body={"n": 2}), "cascade:several_choices"),
    ],
    ids=["who declines", "high stakes", "a stream", "tools", "several answers"],
)
def test_what_is_not_tried_says_why(usual: Rules, request_of: InferenceRequest, code: str) -> None:
    assert planned(usual, request_of) == (None, code)


@pytest.mark.parametrize(
    "request_of",
    [asked("fast"), asked("fast-model"), asked("openai-model@1"), asked("private")],
    ids=["a tier", "an id", "a version", "private"],
)
def test_no_rule_is_about_what_was_asked_for_by_name(
    usual: Rules, request_of: InferenceRequest
) -> None:
    assert planned(usual, request_of) == (None, None)


def test_embeddings_and_completions_are_never_tried_twice(usual: Rules) -> None:
    body = {"model": "auto", "prompt": "Name a river."}
    completion = replace(asked(), endpoint=Endpoint.COMPLETIONS, body=body)
    assert planned(usual, completion) == (None, None)


@pytest.mark.parametrize(
    "request_of", [asked(stream=True), asked(body={"tools": TOOLS})], ids=["a stream", "tools"]
)
def test_who_asks_for_it_gets_it_for_streams_and_tools(
    usual: Rules, request_of: InferenceRequest
) -> None:
    cascading, _ = planned(usual, replace(request_of, cascade=True))
    assert cascading is not None


@pytest.mark.parametrize(
    ("features", "code"),
    [
        (Features(in_tool_loop=True), "cascade:tool_loop"),
        (Features(escalated_before=True), "cascade:escalated_before"),
        (Features(conversation_model=STRONG), "cascade:conversation"),
    ],
    ids=["in a tool loop", "escalated before", "another model's conversation"],
)
def test_a_conversation_keeps_what_it_needs(usual: Rules, features: Features, code: str) -> None:
    assert planned(usual, asked(cascade=True), features=features) == (None, code)


def test_a_conversation_of_the_cheap_model_goes_on_with_it(usual: Rules) -> None:
    cascading, _ = planned(usual, asked(), features=Features(conversation_model=CHEAP))
    assert cascading is not None


@pytest.mark.parametrize("days", [-2, 90], ids=["before it was made", "after it expired"])
def test_without_a_certificate_that_holds_the_cheap_model_is_not_even_asked(
    usual: Rules, days: int
) -> None:
    assert planned(usual, asked(), TODAY + timedelta(days)) == (None, "cascade:uncertified")


@pytest.mark.parametrize(
    "made",
    [
        certificate(cheap="fast-model@2"),
        certificate(strong="anthropic-model@1"),
        certificate(task=Task.MATHS),
    ],
    ids=["another cheap model", "another strong model", "another task"],
)
def test_a_certificate_of_something_else_certifies_nothing(tmp_path: Path, made: Any) -> None:
    assert planned(rules(tmp_path, made=made), asked()) == (None, "cascade:uncertified")


def test_a_pair_without_a_certificate_is_not_tried(tmp_path: Path) -> None:
    found = planned(rules(tmp_path, certificate=None), asked())
    assert found == (None, "cascade:uncertified")


def test_a_model_that_tells_no_log_probabilities_cannot_be_judged_by_them(tmp_path: Path) -> None:
    def silent(models: dict[str, Any], _policy: dict[str, Any]) -> None:
        for entry in models["models"]:
            entry["capabilities"] = [each for each in entry["capabilities"] if each != "logprobs"]

    found = planned(rules(tmp_path, and_then=silent), asked())
    assert found == (None, "cascade:no_logprobs")


def test_a_judge_that_may_not_see_the_request_is_none(tmp_path: Path) -> None:
    made = rules(tmp_path, judge="private-model")
    cascading, _ = planned(made, asked())
    assert cascading is not None
    assert [model.key for model in cascading.beside] == [CHEAP, "private-model@1"]
    narrow = replace(CALLER, models=frozenset({"fast-model", "openai-model"}))
    assert planned(made, asked(), caller=narrow) == (None, "cascade:no_judge")


def test_a_second_sample_is_paid_for_as_well(tmp_path: Path) -> None:
    cascading, _ = planned(rules(tmp_path, second_sample=True), asked())
    assert cascading is not None
    assert [model.key for model in cascading.beside] == [CHEAP, CHEAP]


def test_what_a_budget_took_out_of_the_plan_is_not_tried(usual: Rules) -> None:
    cascading, _ = planned(usual, asked())
    assert cascading is not None
    cheap, strong, rest = cascading.cheap, cascading.strong[0], cascading.rest[0]
    assert cascading.within([strong, rest]) is None
    assert cascading.within([cheap, rest]) is None
    left = cascading.within([strong, cheap])
    assert left is not None
    assert (left.strong, left.rest) == ((strong,), ())


def test_what_was_promised_to_stay_is_tried_at_home_alone(tmp_path: Path) -> None:
    def home(_models: dict[str, Any], policy: dict[str, Any]) -> None:
        policy["routes"]["internal"]["private"] = ["fast", "private"]
        policy["escalation"][0] |= {"to": "private", "choices": ["private"]}

    made = certificate(strong="private-model@1")
    at_home = rules(tmp_path, edited(tmp_path, made, home))
    cascading, _ = planned(at_home, asked("private"))
    assert cascading is not None


@given(
    choice=st.sampled_from(CHOICES),
    data_class=st.sampled_from(DataClass),
    cascade=st.sampled_from([None, True, False]),
    stream=st.booleans(),
    private_only=st.booleans(),
    external=st.booleans(),
)
def test_nothing_is_tried_that_is_not_in_the_plan(
    usual: Rules,
    choice: str,
    data_class: DataClass,
    cascade: bool | None,
    stream: bool,
    private_only: bool,
    external: bool,
) -> None:
    request = asked(choice, cascade=cascade, stream=stream, private_only=private_only)
    caller = CALLER if external else replace(CALLER, team="nobody-decided")
    decision = decided(usual, request, data_class, caller=caller)
    cascading, _ = plan_cascade(request, decision, caller, usual, TODAY)
    if cascading is None:
        return
    steps = (cascading.cheap, *cascading.strong, *cascading.rest)
    assert sorted(map(repr, steps)) == sorted(map(repr, decision.plan))
    for model in cascading.beside:
        assert model.key in decision.permitted
        assert data_class in model.approved
