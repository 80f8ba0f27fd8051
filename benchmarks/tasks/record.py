"""How well the shipped classifier does, and by what it was made: one record, committed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from benchmarks.machine import Machine

RESULTS = Path("benchmarks/results/tasks")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Judged(_Strict):
    """Prompts of templates that were held out, of one task.

    `answered` of `prompts` were sure enough; of these, `right` were right.
    """

    task: str
    prompts: int
    answered: int
    right: int


class TasksRecord(_Strict):
    """`accuracy` counts all held-out prompts, `other` as abstaining; `precision` those answered.

    The digests are of the weights and of the templates, `sha256:` and 64 hex digits.
    """

    schema_version: Literal[1] = 1
    kind: Literal["tasks"] = "tasks"
    made_at: datetime
    machine: Machine
    libraries: dict[str, str]
    weights_digest: str
    templates_digest: str
    seed: int
    trained_on: int
    held_out: int
    min_confidence: float
    accuracy: float
    precision: float
    answered: float
    tasks: list[Judged]
    languages: dict[str, float]
    """By language, the precision."""


def save(record: TasksRecord, folder: Path = RESULTS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"tasks-{record.made_at:%Y%m%dT%H%M%SZ}.json"
    path.write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return path


def newest(folder: Path = RESULTS) -> TasksRecord | None:
    found = sorted(folder.glob("tasks-*.json"))
    return TasksRecord.model_validate_json(found[-1].read_text("utf-8")) if found else None
