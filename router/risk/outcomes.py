"""Labelled outcomes out of records of quality: what was asked, how it went, and what was signalled.

The records are made by `ringfence bench quality`. They hold ids and figures, and no text (I6).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from router.domain import JsonObject
from router.risk.labelled import RIGHT_FROM, Labelled
from router.task import Task

_ALSO_CALLED = {"logprob_mean": "mean_logprob", "logprob_min": "min_logprob"}
"""What records call a signal, and what policies and certificates do."""


class BadOutcomes(ValueError):
    """A record from which nothing can be learned."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One answer to one item of a suite. `signals` are finite, by name, and may be none."""

    suite: str
    item: str
    task: Task
    score: float
    input_tokens: int
    output_tokens: int
    signals: Mapping[str, float] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Of the item, over all suites."""
        return f"{self.suite}/{self.item}"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What one model answered, in one run. `model` is id@version."""

    model: str
    weights_digest: str | None
    made_at: datetime
    asked: tuple[Asked, ...]


class _Part(BaseModel):
    """What later releases add to a record is none of our business."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class _Suite(_Part):
    name: str
    task: Task


class _Model(_Part):
    key: str
    weights_digest: str | None = None


class _Outcome(_Part):
    suite: str
    item: str
    score: Annotated[float, Field(ge=0, le=1)]
    model: str
    escalated: bool = False
    input_tokens: Annotated[int, Field(ge=0)] = 0
    output_tokens: Annotated[int, Field(ge=0)] = 0
    signals: dict[str, Any] | None = None


class _Record(_Part):
    schema_version: Annotated[Literal[1], Field(alias="schema")]
    kind: Literal["quality"]
    made_at: datetime
    model: _Model | None
    suites: list[_Suite]
    outcomes: list[_Outcome]


def outcomes_of(record: JsonObject) -> Outcomes | None:
    """What a model was asked by its name; None for a record of a tier or of `auto`, where the
    router has chosen what each model gets.

    Leaves out what another model answered, and answers after an escalation. Signals that are no
    finite numbers are left out. Raises BadOutcomes.
    """
    try:
        read = _Record.model_validate_json(json.dumps(record))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise BadOutcomes(f"this is no record of quality of schema 1: `{where}`") from None
    if read.model is None:
        return None
    tasks = {suite.name: suite.task for suite in read.suites}
    asked = tuple(
        Asked(
            suite=each.suite,
            item=each.item,
            task=tasks.get(each.suite, Task.OTHER),
            score=each.score,
            input_tokens=each.input_tokens,
            output_tokens=each.output_tokens,
            signals=_finite(each.signals or {}),
        )
        for each in read.outcomes
        if each.model == read.model.key and not each.escalated
    )
    return Outcomes(read.model.key, read.model.weights_digest, read.made_at, asked)


def of_model(runs: Iterable[Outcomes], key: str) -> dict[str, Asked]:
    """By item, the newest answer of this model: an item that was asked twice is one observation."""
    newest: dict[str, Asked] = {}
    for run in sorted(runs, key=lambda each: each.made_at):
        if run.model == key:
            newest |= {asked.id: asked for asked in run.asked}
    return newest


def labelled(
    asked: Iterable[Asked], signal: str, task: Task | None = None, right_from: float = RIGHT_FROM
) -> list[Labelled]:
    """Those of the task, or of all for None, that have the signal."""
    return [
        Labelled(each.id, each.signals[signal], each.score >= right_from)
        for each in asked
        if signal in each.signals and task in (None, each.task)
    ]


def signals_of(asked: Iterable[Asked]) -> list[str]:
    """The names of what was signalled, the most frequent first."""
    counts: dict[str, int] = {}
    for each in asked:
        for name in each.signals:
            counts[name] = counts.get(name, 0) + 1
    return sorted(counts, key=lambda name: (-counts[name], name))


def _finite(signals: Mapping[str, Any]) -> dict[str, float]:
    return {
        _ALSO_CALLED.get(name, name): float(value)
        for name, value in signals.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    }
