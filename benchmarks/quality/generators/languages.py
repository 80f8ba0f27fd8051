"""The words of the suites of several languages, from languages.yaml beside this file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from router.config.validate import ConfigModel

CODES = ("de", "es", "fr", "it")


class Fact(ConfigModel):
    said: str
    question: str


class Language(ConfigModel):
    """`labels` has phrases for each; `problems` are those of `multilingual_maths`, by name."""

    classify: str
    labels: dict[str, list[str]]
    greetings: list[str]
    goods: list[str]
    absent: str
    rule: str
    facts: list[Fact]
    solve: str
    problems: dict[str, str]


@cache
def language(code: str) -> Language:
    """Raises KeyError for a language that there is none of."""
    text = Path(__file__).with_name("languages.yaml").read_text("utf-8")
    return Language.model_validate(yaml.safe_load(text)[code])
