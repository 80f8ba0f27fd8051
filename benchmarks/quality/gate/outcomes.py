"""Records of quality → who answered which item how well: what a change is replayed on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from router.domain import JsonObject
from router.policy.policy import CHOICES
from router.task import Task


class OutcomesRefused(ValueError):
    """Records that cannot be judged by; the message says which and what to do."""


class _Read(BaseModel):
    """What is read of a record; it may say more."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class SuiteRead(_Read):
    name: str
    task: Task
    digest: str
    kind: Literal["task", "safety", "bias"] = "task"


class OutcomeRead(_Read):
    suite: str
    item: str
    score: Annotated[float, Field(ge=0, le=1)]
    model: str
    escalated: bool = False
    input_tokens: Annotated[int, Field(ge=0)]
    output_tokens: Annotated[int, Field(ge=0)]
    cost_nano_usd: Annotated[int, Field(ge=0)]
    latency_s: Annotated[float, Field(ge=0)]


class ModelRead(_Read):
    key: str
    weights_digest: str | None = None


class RecordRead(_Read):
    schema_version: Annotated[Literal[1], Field(alias="schema")]
    kind: Literal["quality"]
    id: str
    choice: str
    model: ModelRead | None = None
    policy_digest: str
    suites: list[SuiteRead]
    outcomes: list[OutcomeRead]


@dataclass(frozen=True, slots=True, order=True)
class Item:
    suite: str
    name: str
    task: Task


@dataclass(frozen=True, slots=True)
class Cell:
    """One item by one model, or by one choice under some rules: means over the times it was asked.

    `cost_nano_usd` is what was paid then; what it costs under other prices follows from the tokens.
    """

    score: float
    input_tokens: float
    output_tokens: float
    cost_nano_usd: float
    latency_s: float


@dataclass(frozen=True, slots=True)
class Served:
    """A choice under rules by digest: what came of it is known whoever answered, and who judged."""

    policy_digest: str
    choice: str


@dataclass(frozen=True, slots=True)
class Source:
    """A record by its id and the sha256 of its file."""

    id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """`of_models` is by registry key; `of_choices` is of records whose choice was a tier or auto.

    `items` are those of suites of good answers, `probes` by suite those of safety and of bias: to
    resist an attack makes up for no wrong answer. `weights` has the digests of the weights that
    records of one model name, `suites` those of the suites.
    """

    items: tuple[Item, ...]
    suites: Mapping[str, str]
    of_models: Mapping[str, Mapping[Item, Cell]]
    of_choices: Mapping[Served, Mapping[Item, Cell]] = field(default_factory=dict)
    probes: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    weights: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()

    def with_cells(self, cells: Mapping[str, Mapping[Item, Cell]]) -> Matrix:
        """With what was asked again beside what is known."""
        merged = {
            key: {**self.of_models.get(key, {}), **cells.get(key, {})}
            for key in dict.fromkeys((*self.of_models, *cells))
        }
        return replace(self, of_models=merged)


def read_outcomes(directory: Path) -> Matrix:
    """Every record of quality below a directory; other files of JSON are left alone.

    Raises OutcomesRefused where there is none, one cannot be read, or two are about suites of one
    name that are not the same.
    """
    found = [read for path in sorted(directory.rglob("*.json")) if (read := _record(path))]
    if not found:
        raise OutcomesRefused(
            f"{directory} has no record of quality: `ringfence bench quality` makes them, one for "
            "each model"
        )
    return matrix_of(found)


def matrix_of(records: Iterable[tuple[RecordRead, Source]]) -> Matrix:
    """Raises OutcomesRefused for suites of one name that are not the same."""
    gathered = _Gathered()
    for record, source in records:
        gathered.add(record, source)
    return gathered.matrix()


class _Gathered:
    def __init__(self) -> None:
        self._suites: dict[str, SuiteRead] = {}
        self._first_in: dict[str, str] = {}
        self._of_models: dict[str, dict[Item, list[OutcomeRead]]] = {}
        self._of_choices: dict[Served, dict[Item, list[OutcomeRead]]] = {}
        self._weights: dict[str, set[str]] = {}
        self._items: dict[Item, None] = {}
        self._sources: list[Source] = []

    def add(self, record: RecordRead, source: Source) -> None:
        for suite in record.suites:
            self._know(suite, record.id)
        if record.model is not None and record.model.weights_digest is not None:
            self._weights.setdefault(record.model.key, set()).add(record.model.weights_digest)
        served = Served(record.policy_digest, record.choice)
        for outcome in record.outcomes:
            if outcome.suite not in self._suites:
                raise OutcomesRefused(f"{record.id} has outcomes of a suite that it does not name")
            suite = self._suites[outcome.suite]
            item = Item(suite.name, outcome.item, suite.task)
            self._items.setdefault(item)
            # Whoever answered alone answered: what else was in the choice's plan does not matter.
            if not outcome.escalated:
                cells = self._of_models.setdefault(outcome.model, {})
                cells.setdefault(item, []).append(outcome)
            if record.choice in CHOICES:
                self._of_choices.setdefault(served, {}).setdefault(item, []).append(outcome)
        self._sources.append(source)

    def matrix(self) -> Matrix:
        kinds = {name: suite.kind for name, suite in sorted(self._suites.items())}
        items = sorted(self._items)
        return Matrix(
            items=tuple(item for item in items if kinds[item.suite] == "task"),
            probes={
                name: tuple(item for item in items if item.suite == name)
                for name, kind in kinds.items()
                if kind != "task"
            },
            suites={name: suite.digest for name, suite in sorted(self._suites.items())},
            of_models={key: _cells(asked) for key, asked in self._of_models.items()},
            of_choices={served: _cells(asked) for served, asked in self._of_choices.items()},
            weights={key: frozenset(digests) for key, digests in self._weights.items()},
            sources=tuple(self._sources),
        )

    def _know(self, suite: SuiteRead, record_id: str) -> None:
        known = self._suites.setdefault(suite.name, suite)
        first = self._first_in.setdefault(suite.name, record_id)
        if known != suite:
            raise OutcomesRefused(
                f"the suite {suite.name} is another one in {record_id} than in {first}: items can "
                "be paired within one version of a suite; take the older records out of the folder"
            )


def _cells(asked: Mapping[Item, list[OutcomeRead]]) -> dict[Item, Cell]:
    return {item: cell_of(times) for item, times in asked.items()}


def cell_of(times: list[OutcomeRead]) -> Cell:
    """The mean over the times that one item was asked."""
    count = len(times)
    return Cell(
        score=sum(each.score for each in times) / count,
        input_tokens=sum(each.input_tokens for each in times) / count,
        output_tokens=sum(each.output_tokens for each in times) / count,
        cost_nano_usd=sum(each.cost_nano_usd for each in times) / count,
        latency_s=sum(each.latency_s for each in times) / count,
    )


def _record(path: Path) -> tuple[RecordRead, Source] | None:
    """None for a file that is no record of quality."""
    try:
        content = path.read_bytes()
        said = json.loads(content)
    except (OSError, ValueError, RecursionError):
        raise OutcomesRefused(f"{path.name} cannot be read as JSON") from None
    if not isinstance(said, dict) or said.get("kind") != "quality":
        return None
    try:
        record = RecordRead.model_validate(said)
    except ValidationError as error:
        raise OutcomesRefused(f"{path.name} is no record of quality: {_where(error)}") from None
    return record, Source(record.id, hashlib.sha256(content).hexdigest())


def _where(error: ValidationError) -> str:
    """What is wrong first, without what it says."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}"


def sources_as_json(sources: Iterable[Source]) -> Iterator[JsonObject]:
    for source in sources:
        yield {"id": source.id, "sha256": source.sha256}
