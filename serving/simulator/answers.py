"""What the simulated model answers. Pure: the same question and config give the same answer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from router.domain import JsonObject
from serving.simulator.config import SimulatorConfig
from serving.simulator.minimal_json import minimal_instance
from serving.simulator.words import draw_tokens

CHARACTERS_PER_TOKEN = 4

Finish: TypeAlias = Literal["stop", "length", "tool_calls"]


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    parameters: JsonObject


@dataclass(frozen=True, slots=True)
class Question:
    """What either dialect's request comes down to. `last_text` is "" after a tool's result."""

    model: str
    last_text: str
    input_characters: int
    tools: tuple[Tool, ...] = ()
    must_call: str | None = None
    """A tool's name, or "*" for any."""
    schema: JsonObject | None = None
    max_tokens: int | None = None
    stops: tuple[str, ...] = ()
    choices: int = 1
    seed: int | None = None

    @property
    def input_tokens(self) -> int:
        return self.input_characters // CHARACTERS_PER_TOKEN + 1


@dataclass(frozen=True, slots=True)
class ToolCall:
    id: str
    name: str
    arguments: JsonObject


@dataclass(frozen=True, slots=True)
class Choice:
    """`tokens` joined are the text; with a tool call they are the JSON of its arguments."""

    tokens: tuple[str, ...]
    finish: Finish
    tool_call: ToolCall | None = None

    @property
    def text(self) -> str:
        return "" if self.tool_call else "".join(self.tokens)


@dataclass(frozen=True, slots=True)
class Answer:
    model: str
    choices: tuple[Choice, ...]
    input_tokens: int
    logprob: float | None = None
    """Of every token; None where each has its own."""

    @property
    def output_tokens(self) -> int:
        return sum(len(choice.tokens) for choice in self.choices)


def answer(question: Question, config: SimulatorConfig, arrival: int) -> Answer:
    """`arrival` numbers requests: those without a seed of their own get different words."""
    tool = _called_tool(question) if config.says is None else None
    choices = tuple(
        _tool_choice(tool, index) if tool else _text_choice(question, config, arrival, index)
        for index in range(question.choices)
    )
    return Answer(question.model, choices, question.input_tokens, config.logprob)


def _called_tool(question: Question) -> Tool | None:
    """A tool is called if it must be, or if the last message names it or asks for a tool."""
    for tool in question.tools:
        if question.must_call in ("*", tool.name):
            return tool
    text = question.last_text.lower()
    for tool in question.tools:
        if tool.name.lower() in text or re.search(r"\btools?\b", text):
            return tool
    return None


def _tool_choice(tool: Tool, index: int) -> Choice:
    instance = minimal_instance(tool.parameters)
    arguments = instance if isinstance(instance, dict) else {}
    text = json.dumps(arguments)
    return Choice(_split(text), "tool_calls", ToolCall(f"call_{index}", tool.name, arguments))


def _text_choice(question: Question, config: SimulatorConfig, arrival: int, index: int) -> Choice:
    if config.says is not None:
        tokens = tuple(re.findall(r"\s*\S+", config.says))
    elif question.schema is not None:
        tokens = _split(json.dumps(minimal_instance(question.schema)))
    elif config.echo:
        tokens = tuple(re.findall(r"\s*\S+", question.last_text))
    else:
        origin = arrival if question.seed is None else f"request {question.seed}"
        seed = f"{config.seed}/{origin}/{question.model}/{index}"
        tokens = draw_tokens(config.completion_tokens, seed)
    tokens = _before_stop(tokens, question.stops)
    limits = (
        limit for limit in (question.max_tokens, config.own_limit_tokens) if limit is not None
    )
    limit = min(limits, default=len(tokens))
    if len(tokens) > limit:
        return Choice(tokens[:limit], "length")
    return Choice(tokens, "stop")


def _before_stop(tokens: tuple[str, ...], stops: tuple[str, ...]) -> tuple[str, ...]:
    text = "".join(tokens)
    end = min((text.find(stop) for stop in stops if stop and stop in text), default=len(text))
    kept: list[str] = []
    for token in tokens:
        if end <= 0:
            break
        kept.append(token[:end])
        end -= len(token)
    return tuple(kept)


def _split(text: str) -> tuple[str, ...]:
    return tuple(
        text[start : start + CHARACTERS_PER_TOKEN]
        for start in range(0, len(text), CHARACTERS_PER_TOKEN)
    )
