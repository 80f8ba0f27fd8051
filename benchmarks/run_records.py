"""Records of whole runs, one file each, under names that sort by time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Protocol, Self, TypeVar


class RunRecord(Protocol):
    """A pydantic model of one run; `is_whole` where it was neither cut short nor a sample."""

    @property
    def measured_at(self) -> datetime: ...

    @property
    def commit(self) -> str: ...

    @property
    def is_whole(self) -> bool: ...

    def model_dump_json(self, *, indent: int) -> str: ...

    @classmethod
    def model_validate_json(cls, json_data: str) -> Self: ...


_Record = TypeVar("_Record", bound=RunRecord)


def save_run(record: RunRecord, folder: Path, name: str) -> Path:
    """Writes the record; returns its path. `name` is the benchmark's, before the time."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = record.measured_at.strftime("%Y%m%dT%H%M%SZ")
    path = folder / f"{name}-{stamp}-{record.commit[:7]}.json"
    path.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def newest_run(kind: type[_Record], folder: Path, name: str) -> _Record | None:
    """The newest whole one of the benchmark."""
    files = sorted(folder.glob(f"{name}-*.json"))
    read = (kind.model_validate_json(path.read_text("utf-8")) for path in files)
    whole = (record for record in read if record.is_whole)
    return max(whole, key=lambda record: record.measured_at, default=None)
