"""Prompts made from templates, each with its task; the same seed makes the same ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import yaml

from router.features.rules import MAX_SYSTEM_CHARACTERS, MAX_USER_CHARACTERS
from router.features.texts import AskedTexts
from router.task import Task

TEMPLATES = Path(__file__).parent / "templates"

_SLOT = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
_NUMBERS = {"a": (2, 900), "b": (2, 60), "c": (2, 30), "n": (2, 7)}
_POLITE = ("", "", "", "Please. ", "Hi, ", "Hello! ", "Bitte: ", "Bonjour, ", "Hola, ")
_SYSTEM_SHARE = 0.4
_INSTRUCTING_SHARE = 0.15
"""Of prompts whose instruction stands in the system prompt, with the text alone from the user."""


@dataclass(frozen=True, slots=True)
class Template:
    """`language` is an ISO 639-1 code; `number` its place in the file."""

    task: Task
    language: str
    number: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Prompt:
    task: Task
    language: str
    texts: AskedTexts = field(repr=False)


def read_templates(directory: Path = TEMPLATES) -> list[Template]:
    """In the order of tasks, languages and files."""
    return [
        Template(task, language, number, text)
        for task in Task
        for language, texts in _read(directory / f"{task.value}.yaml").items()
        for number, text in enumerate(texts)
    ]


def split(templates: list[Template], held_out_of: int) -> tuple[list[Template], list[Template]]:
    """Those to train on, and one of every `held_out_of` of each task and language to judge by.

    Whole templates are held out: the same words about another text would be no test.
    """
    held = [each for each in templates if each.number % held_out_of == held_out_of - 1]
    return [each for each in templates if each not in held], held


def prompts(templates: list[Template], each: int, seed: int) -> Iterator[Prompt]:
    """`each` of every template, with the places filled in."""
    fillers, random = _read(TEMPLATES / "fillers.yaml"), Random(seed)  # noqa: S311
    for template in templates:
        for _ in range(each):
            yield _filled(template, fillers, random)


def _filled(template: Template, fillers: dict[str, Any], random: Random) -> Prompt:
    def fill(slot: re.Match[str]) -> str:
        name = slot.group(1)
        if name in _NUMBERS:
            return str(random.randint(*_NUMBERS[name]))
        among = fillers[name]
        if isinstance(among, dict):
            among = among[template.language]
        return str(random.choice(among))

    user, system = _SLOT.sub(fill, template.text), ""
    instruction, _, rest = user.partition("\n\n")
    if rest and random.random() < _INSTRUCTING_SHARE:
        system, user = instruction, rest
    else:
        if random.random() < _SYSTEM_SHARE:
            system = str(random.choice(fillers["system"]))
        if template.task is not Task.OTHER:
            user = random.choice(_POLITE) + user
    if random.random() < 0.2:
        user = user.lower()
    texts = AskedTexts(system[:MAX_SYSTEM_CHARACTERS], user[:MAX_USER_CHARACTERS])
    return Prompt(template.task, template.language, texts)


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return read
