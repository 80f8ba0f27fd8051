"""What a run leaves: who answered what how well, at what cost. No text of anybody's (I6).

JSON under benchmarks/results/quality/MODEL/, one file a run, of a versioned schema
(record.schema.json beside this file). models.yaml refers to it under `measured: quality`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from router.task import Task

SCHEMA_VERSION: Final = 1
MAX_BYTES = 64 * 1024 * 1024
MAX_UNANSWERED = 0.05
"""Of a suite: with more, what is left is no sample of it any more."""
NOT_PERMITTED = "not_permitted"
"""The code of an item that may not be sent to the model that was asked for."""
NOT_ASKED = "not_asked"
"""The code of an item of a suite that was given up before."""
RESULTS = Path("benchmarks/results/quality")

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class RecordRefused(ValueError):
    """A file that is no record of this release. The message has the cure."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Build(_Part):
    version: str
    commit: str


class Model(_Part):
    key: str
    weights_digest: str | None


class SuitePart(_Part):
    """`items` were asked; `digest` is of the whole suite."""

    name: str
    task: Task
    kind: Literal["task", "safety", "bias"]
    owner: str
    digest: str
    items: Count


class Outcome(_Part):
    """One answer. `note` is the scorer's word, `signals` are what a cascade could judge by."""

    suite: str
    item: str
    score: Share
    note: str = ""
    model: str
    escalated: bool = False
    input_tokens: Count
    output_tokens: Count
    cost_nano_usd: Count
    latency_s: Annotated[float, Field(ge=0)]
    request_id: str
    signals: dict[str, float] = Field(default_factory=dict)


class Unanswered(_Part):
    """An item without an answer of what was asked for; `code` is a status, or a word for it."""

    suite: str
    item: str
    code: str


class LeftOut(_Part):
    """A suite that there are no figures of: too much of it may not be sent to the model.

    `unanswered` counts its items by code.
    """

    name: str
    kind: Literal["task", "safety", "bias"]
    digest: str
    items: Count
    unanswered: dict[str, Count]


class Figure(_Part):
    items: Count
    mean: Share
    low: Share
    high: Share


class FlipsPart(_Part):
    """As `benchmarks.quality.bias.Flips`."""

    group: str
    pairs: Count
    favour_first: Count
    favour_second: Count
    low: Share
    high: Share
    p: Share


class BiasPart(_Part):
    """As `benchmarks.quality.bias.BiasScore`."""

    category: str
    condition: str
    items: Count
    accuracy: Share
    score: Annotated[float, Field(ge=-1, le=1)] | None


class QualityRecord(_Part):
    """`choice` is what was asked for; `model` is None where that was a tier, or `auto`. `quality`
    is by task, over the suites of kind `task`; `by_suite` has every suite but those `left_out`.
    """

    schema_version: Annotated[Literal[1], Field(alias="schema")] = SCHEMA_VERSION
    kind: Literal["quality"] = "quality"
    id: str
    made_at: datetime
    ringfence: Build
    uncommitted_changes: bool
    inspect_ai: str
    choice: str
    model: Model | None
    policy_digest: str
    seed: int
    declared_tasks: bool
    suites: tuple[SuitePart, ...]
    left_out: tuple[LeftOut, ...] = ()
    outcomes: tuple[Outcome, ...]
    unanswered: tuple[Unanswered, ...] = ()
    quality: dict[Task, Figure]
    by_suite: dict[str, Figure]
    flips: tuple[FlipsPart, ...] = ()
    bbq: tuple[BiasPart, ...] = ()


def to_json(record: QualityRecord) -> str:
    return json.dumps(record.model_dump(mode="json", by_alias=True), indent=1) + "\n"


def save(record: QualityRecord, results: Path) -> Path:
    """Writes it below `results`, under the model or choice it is of. Nothing is overwritten."""
    folder = results / slug(record.choice if record.model is None else record.model.key)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{record.id}.json"
    with path.open("x", encoding="utf-8") as file:
        file.write(to_json(record))
    return path


def read(path: Path) -> QualityRecord:
    """Raises RecordRefused, with what is wrong and what to do."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RecordRefused(f"{path} is over {MAX_BYTES} bytes, and no record")
        return parse(path.read_text("utf-8"), str(path))
    except OSError as error:
        raise RecordRefused(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RecordRefused(f"{path} is no text: name a record of `bench quality`") from None


def parse(text: str, name: str) -> QualityRecord:
    """The record in what was read from `name`. Raises RecordRefused."""
    try:
        return QualityRecord.model_validate_json(text)
    except ValidationError as error:
        at = ".".join(map(str, error.errors(include_input=False)[0]["loc"])) or "its form"
        raise RecordRefused(
            f"{name} is no record of quality of schema {SCHEMA_VERSION}: see `{at}`. Name a file "
            "that `ringfence bench quality` wrote"
        ) from None


def records(results: Path) -> Iterator[tuple[Path, QualityRecord]]:
    """All below a folder, oldest first. Raises RecordRefused for a file that is none."""
    for path in sorted(results.glob("*/quality-*.json"), key=lambda each: each.name):
        yield path, read(path)


def slug(name: str) -> str:
    """A name as part of a path."""
    return re.sub(r"[^a-z0-9.@]+", "-", name.lower()).strip("-.") or "unnamed"


def json_schema() -> str:
    """What record.schema.json has to say."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(schema | QualityRecord.model_json_schema(), indent=1) + "\n"
