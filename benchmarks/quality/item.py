"""One question of a suite, what was answered, and what that is worth. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from router.domain import Json, JsonObject

Role: TypeAlias = Literal["system", "user"]


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Item:
    """`target` is what the suite's scorer reads, `group` what belongs together, such as a family of
    attacks, or a language. `schema` is sent along as `response_format` where there is
    one, and `tools` are in OpenAI's form. `id` is unique in its suite.
    """

    messages: tuple[Message, ...] = field(repr=False)
    target: JsonObject = field(repr=False)
    group: str = ""
    schema: JsonObject | None = field(default=None, repr=False)
    tools: tuple[JsonObject, ...] = field(default=(), repr=False)
    id: str = ""

    def as_json(self) -> JsonObject:
        return {
            "id": self.id,
            "group": self.group,
            "messages": [{"role": each.role, "content": each.text} for each in self.messages],
            "schema": self.schema,
            "tools": list[Json](self.tools),
            "target": self.target,
        }


@dataclass(frozen=True, slots=True)
class Call:
    """`arguments` is what the model wrote, parsed; None where that was no JSON."""

    name: str
    arguments: Json = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    text: str = field(default="", repr=False)
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Grade:
    """`score` is in [0, 1]. `note` is a word of the scorer's own, never the model's (I6)."""

    score: float
    note: str = ""


def asked(
    text: str,
    target: Mapping[str, Json],
    *,
    system: str | None = None,
    group: str = "",
    schema: JsonObject | None = None,
    tools: tuple[JsonObject, ...] = (),
) -> Item:
    """An item of one question, after a system prompt if there is one."""
    before = () if system is None else (Message("system", system),)
    return Item((*before, Message("user", text)), dict(target), group, schema, tools)
