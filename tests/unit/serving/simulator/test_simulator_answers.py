from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from serving.simulator.answers import Question, Tool, answer
from serving.simulator.config import SimulatorConfig
from serving.simulator.minimal_json import minimal_instance

CONFIG = SimulatorConfig()


def ask(config: SimulatorConfig = CONFIG, arrival: int = 1, **fields: Any) -> Any:
    values: dict[str, Any] = {"model": "m", "last_text": "Grimhilde", "input_characters": 8}
    return answer(Question(**values | fields), config, arrival)


def test_answers_name_nothing_of_the_question_but_in_echo_mode() -> None:
    assert "Grimhilde" not in ask().choices[0].text
    assert ask(SimulatorConfig(echo=True)).choices[0].text == "Grimhilde"


def test_a_seed_fixes_the_words() -> None:
    assert ask(seed=1, arrival=1) == ask(seed=1, arrival=2)
    assert ask(seed=1) != ask(seed=2)
    assert ask(arrival=1) != ask(arrival=2)
    assert ask(SimulatorConfig(seed=5)) != ask()


def test_choices_differ_and_are_counted() -> None:
    said = ask(choices=3)
    assert len({choice.text for choice in said.choices}) == 3
    assert said.output_tokens == 48


def test_limits_and_stops() -> None:
    whole = ask(seed=1).choices[0].text
    limited = ask(seed=1, max_tokens=4).choices[0]
    assert (len(limited.tokens), limited.finish) == (4, "length")
    word = whole.split()[3]
    stopped = ask(seed=1, stops=(word,)).choices[0]
    assert stopped.text == whole[: whole.index(word)]
    assert stopped.finish == "stop"


@pytest.mark.parametrize("fields", [{"last_text": "use a tool"}, {"must_call": "*"}])
def test_tools_are_called_when_asked_for(fields: dict[str, Any]) -> None:
    parameters: Any = {"type": "object", "properties": {"n": {"type": "integer"}}}
    tools = (Tool("count", {**parameters, "required": ["n"]}),)
    choice = ask(tools=tools, **fields).choices[0]
    assert choice.finish == "tool_calls"
    assert choice.tool_call.name == "count"
    assert json.loads("".join(choice.tokens)) == {"n": 0}
    assert ask(tools=tools).choices[0].tool_call is None


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"const": 3}, 3),
        ({"enum": ["a", "b"]}, "a"),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, None),
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 2}, [False, False]),
        ({"type": ["integer", "null"], "minimum": 4}, 4),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "string", "minLength": 2}}}, "xx"),
        ({"$ref": "#"}, None),
        ({}, {}),
    ],
)
def test_minimal_instances(schema: Any, expected: Any) -> None:
    assert minimal_instance(schema) == expected


@pytest.mark.parametrize(
    "bad", [{"unknown": 1}, {"error_rate": 2}, {"itl_s": -1}, {"ttft_s": float("inf")}]
)
def test_a_bad_configuration_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SimulatorConfig(**bad)
