"""A simulated provider can be told what to say, how surely, and where to stop."""

from __future__ import annotations

from typing import Any

from serving.simulator.answers import Question, answer
from serving.simulator.config import SimulatorConfig
from serving.simulator.openai_dialect import chat_completion


def ask(config: SimulatorConfig, **fields: Any) -> Any:
    values: dict[str, Any] = {"model": "m", "last_text": "", "input_characters": 8}
    return answer(Question(**values | fields), config, 1)


def test_it_says_what_it_is_told_whatever_is_asked() -> None:
    said = ask(SimulatorConfig(says="no JSON at all"), schema={"type": "object"})
    assert said.choices[0].text == "no JSON at all"


def test_it_is_as_sure_as_it_is_told() -> None:
    body: Any = chat_completion(ask(SimulatorConfig(logprob=-2.5)), {}, logprobs=True)
    tokens = body["choices"][0]["logprobs"]["content"]
    assert {token["logprob"] for token in tokens} == {-2.5}


def test_it_stops_where_it_can_say_no_more() -> None:
    choice = ask(SimulatorConfig(own_limit_tokens=3), max_tokens=10).choices[0]
    assert (len(choice.tokens), choice.finish) == (3, "length")
    assert ask(SimulatorConfig(own_limit_tokens=99)).choices[0].finish == "stop"
