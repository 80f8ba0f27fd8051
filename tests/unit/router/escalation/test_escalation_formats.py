"""Answers in a demanded format, and calls to tools: what a client could use, and what not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.escalation.collected import Collected, ToolCall
from router.escalation.json_schema import matches
from router.escalation.signals.answer_format import breaks_format
from router.escalation.signals.tool_calls import calls_amiss

RIVER: Any = {
    "type": "object",
    "properties": {"name": {"type": "string", "pattern": "^[A-Z]"}, "km": {"$ref": "#/$defs/km"}},
    "required": ["name"],
    "additionalProperties": False,
    "$defs": {"km": {"type": "integer", "minimum": 1}},
}


def wants(schema: Any) -> Any:
    return {"response_format": {"type": "json_schema", "json_schema": {"schema": schema}}}


@pytest.mark.parametrize("text", ['{"name": "Rhine"}', '{"name": "Elbe", "km": 1094}'])
def test_an_answer_by_its_schema_is_kept_to_it(text: str) -> None:
    assert not breaks_format(Collected(text=text), wants(RIVER))


@pytest.mark.parametrize(
    "text",
    [
        "Rhine",
        "{}",
        '{"name": "rhine"}',
        '{"name": "Rhine", "km": 0}',
        '{"name": "Rhine", "more": 1}',
        'Here it is: {"name": "Rhine"}',
        '{"name": "Rhine", "km": NaN}',
    ],
)
def test_an_answer_against_its_schema_breaks_it(text: str) -> None:
    assert breaks_format(Collected(text=text), wants(RIVER))


def test_any_object_is_one_and_nothing_else_is() -> None:
    body: Any = {"response_format": {"type": "json_object"}}
    assert not breaks_format(Collected(text='{"a": [1]}'), body)
    assert breaks_format(Collected(text="[1]"), body)
    assert breaks_format(Collected(text="null"), body)


def test_without_a_demand_any_answer_will_do() -> None:
    assert not breaks_format(Collected(text="Rhine"), {})
    assert not breaks_format(Collected(text="Rhine"), {"response_format": {"type": "text"}})


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "#/nowhere"},
        {"type": 7},
        {"patternProperties": {"(a+)+$": {}}},
        {"pattern": "(?=x)"},
        {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]},
    ],
    ids=["outside", "dangling", "no schema", "regexes of keys", "lookaround", "endless"],
)
def test_what_cannot_be_judged_counts_as_broken(schema: Any) -> None:
    assert matches("x", schema) is None
    assert breaks_format(Collected(text='"x"'), wants(schema))


def test_a_schema_that_doubles_at_each_step_ends() -> None:
    links = {f"s{n}": {"anyOf": [{"$ref": f"#/$defs/s{n + 1}"}] * 2} for n in range(40)}
    schema: Any = {"$defs": links | {"s40": False}, "$ref": "#/$defs/s0"}
    assert matches(1, schema) is None


def test_many_branches_for_many_items_end() -> None:
    assert matches([*range(10_000)], {"items": {"allOf": [{}] * 400}}) is None
    assert matches([*range(10_000)], {"items": {"enum": [*range(10_000)]}}) is None
    assert matches(1, {"allOf": [{}] * 10_000}) is None


def test_an_ordinary_long_answer_is_judged() -> None:
    rivers: Any = [{"name": "Rhine", "km": 1233}] * 500
    schema: Any = {"type": "array", "items": {"$ref": "#/$defs/river"}}
    schema["$defs"] = {"river": RIVER, **RIVER["$defs"]}
    assert matches(rivers, schema) is True
    assert matches([*rivers, {}], schema) is False


def test_a_regex_that_backtracks_elsewhere_takes_no_time() -> None:
    assert matches("a" * 50_000 + "!", {"type": "string", "pattern": "^(a+)+$"}) is False


def test_many_items_are_compared_at_once() -> None:
    schema: Any = {"type": "array", "uniqueItems": True}
    assert matches([*range(5_000)], schema) is True
    assert matches([1, 1.0], schema) is False
    assert matches([1, True, {"a": 1}, {"a": 2}], schema) is True


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below),
    max_leaves=8,
)
keywords = st.sampled_from(
    ["type", "anyOf", "not", "$ref", "items", "properties", "required", "pattern", "uniqueItems"]
)
schemas = st.dictionaries(
    keywords,
    st.recursive(
        json_values,
        lambda below: st.lists(below, max_size=2) | st.dictionaries(keywords, below, max_size=3),
        max_leaves=8,
    ),
)


@settings(max_examples=50)
@given(json_values, schemas)
def test_no_schema_of_a_strangers_is_an_error(value: Any, schema: Any) -> None:
    assert matches(value, schema) in (True, False, None)


TOOLS: Any = {
    "tools": [
        {"type": "function", "function": {"name": "find", "parameters": RIVER}},
        {"type": "function", "function": {"name": "stop"}},
    ]
}


@pytest.mark.parametrize(
    "call",
    [ToolCall("find", '{"name": "Rhine"}'), ToolCall("stop", "{}"), ToolCall("stop", "")],
    ids=["by its schema", "without a schema", "without a word"],
)
def test_a_call_as_its_function_takes_it_is_passed_on(call: ToolCall) -> None:
    assert not calls_amiss(Collected(calls=(call,)), TOOLS)


@pytest.mark.parametrize(
    "call",
    [
        ToolCall("delete", "{}"),
        ToolCall("find", "{}"),
        ToolCall("find", '{"name": "Rhine"'),
        ToolCall("stop", "[]"),
    ],
    ids=["unknown", "against its schema", "no JSON", "no object"],
)
def test_a_call_that_nobody_could_run_is_not(call: ToolCall) -> None:
    fine = ToolCall("stop", "{}")
    assert calls_amiss(Collected(calls=(fine, call)), TOOLS)
