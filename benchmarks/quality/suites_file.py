"""suites.yaml: which suites there are, whose they are, and what they are made of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from benchmarks.quality.generators.table import GENERATORS
from benchmarks.quality.loaders.table import LOADERS
from benchmarks.quality.scorers.table import SCORERS
from router.config.validate import ConfigModel, pattern, validate
from router.config.yaml_document import load_yaml
from router.task import Task

SUITES: Final = Path(__file__).with_name("suites.yaml")


def _known(what: str, names: tuple[str, ...]) -> AfterValidator:
    def check(name: str) -> str:
        if name not in names:
            raise PydanticCustomError(
                "pattern",
                "{problem}",
                {"problem": f"is no {what}", "cure": f"use one of: {', '.join(names)}"},
            )
        return name

    return AfterValidator(check)


class Source(ConfigModel):
    """A generator of ours, or a set that somebody else made: one of the two."""

    generator: Annotated[str, _known("generator", tuple(GENERATORS))] | None = None
    set: Annotated[str, _known("set", tuple(LOADERS))] | None = None

    @model_validator(mode="after")
    def _one(self) -> Source:
        if (self.generator is None) == (self.set is None):
            raise PydanticCustomError("source", "have either `generator` or `set`")
        return self


class SuiteEntry(ConfigModel):
    """`kind` is `task` for what measures how good a model is at its task; the others are reported
    by themselves. `declares_schema` sends the items' schema as `response_format`.
    """

    name: Annotated[str, pattern(r"[a-z][a-z0-9_]{0,63}", "is no name", "use a-z, 0-9 and _")]
    task: Task
    kind: Literal["task", "safety", "bias"]
    owner: Annotated[str, Field(min_length=1)]
    about: str
    source: Source
    scorer: Annotated[str, _known("scorer", tuple(SCORERS))]
    seed: int
    items: Annotated[int, Field(ge=1)]
    max_tokens: Annotated[int, Field(ge=1)]
    declares_schema: bool = False
    digest: str | None = None

    @property
    def set_name(self) -> str | None:
        return self.source.set


class SuitesFile(ConfigModel):
    schema_version: Annotated[Literal[1], Field(alias="schema")]
    suites: list[SuiteEntry]


def load_entries(path: Path = SUITES) -> dict[str, SuiteEntry]:
    """By name, in the file's order. Raises ConfigError."""
    file = validate(load_yaml(path), SuitesFile)
    return {entry.name: entry for entry in file.suites}
