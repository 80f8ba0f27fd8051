"""What a run leaves: every figure with its n and interval, on what, with what, of what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from benchmarks.machine import Machine
from benchmarks.privacy.intervals import wilson

SCHEMA_VERSION: Literal[1] = 1
RINGFENCE = "ringfence"
PRESIDIO = "presidio"
PRESIDIO_OUR_POLICY = "presidio+policy"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rate(_Part):
    """`low` and `high` are Wilson's at 95%."""

    hits: int
    n: int
    rate: float | None
    low: float
    high: float

    @classmethod
    def of(cls, hits: int, n: int) -> Rate:
        low, high = wilson(hits, n)
        return cls(hits=hits, n=n, rate=hits / n if n else None, low=low, high=high)


class Group(_Part):
    """Figures of some requests of a set, judged by one subject.

    `requests` is how many of those with identifiers were forced on-prem (confidential or above),
    `restricted` how many of those that ought to be restricted were, `entities` how many identifiers
    some finding overlaps, `harmless` how many harmless requests were forced on-prem. What is
    undetermined counts as forced, since it is, and is counted apart as well.
    """

    subject: str
    set_name: str
    by: Literal["all", "category", "evasion", "lang", "shape", "type"]
    group: str
    requests: Rate
    restricted: Rate
    entities: Rate
    harmless: Rate
    undetermined: int
    harmless_undetermined: int


class Latency(_Part):
    """Of the classifier, in milliseconds, extraction and the way to the detector included.

    `settled` is how many of the n were restricted by a finding, so that the scan may have ended
    early: these are harmless texts, and it should be none.
    """

    subject: str
    case: str
    characters: int
    n: int
    p50_ms: float
    p99_ms: float
    undetermined: int
    settled: int


class WorstInput(_Part):
    """`loop_lag_ms` is the longest that the event loop answered nobody meanwhile."""

    subject: str
    case: str
    characters: int
    seconds: float
    data_class: str
    undetermined: bool
    loop_lag_ms: float


class CurvePoint(_Part):
    """Persons believed from this score on: what is found, and what harmless is forced on-prem."""

    min_person_score: float
    recall: Rate
    false_positives: Rate


class Workload(_Part):
    set_name: str
    digest: str
    n: int
    measured: int


class PrivacyRecord(_Part):
    schema_version: Literal[1] = SCHEMA_VERSION
    suite: Literal["privacy"] = "privacy"
    measured_at: datetime
    commit: str
    uncommitted_changes: bool
    quick: bool
    seed: int
    detector_version: str
    baseline_version: str | None
    policy_digest: str
    deadline_s: float
    machine: Machine
    libraries: dict[str, str]
    workloads: tuple[Workload, ...]
    baseline_workloads: tuple[Workload, ...]
    groups: tuple[Group, ...]
    latencies: tuple[Latency, ...]
    worst_inputs: tuple[WorstInput, ...]
    person_curve: tuple[CurvePoint, ...]

    def find(self, subject: str, set_name: str, by: str, group: str) -> Group | None:
        wanted = (subject, set_name, by, group)
        return next(
            (g for g in self.groups if (g.subject, g.set_name, g.by, g.group) == wanted), None
        )


def save(record: PrivacyRecord, folder: Path) -> Path:
    """Writes the record under a name that sorts by time; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = record.measured_at.strftime("%Y%m%dT%H%M%SZ")
    path = folder / f"{stamp}-{record.commit[:7]}{'-quick' if record.quick else ''}.json"
    path.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def load(path: Path) -> PrivacyRecord:
    """Raises pydantic.ValidationError for another schema's record."""
    return PrivacyRecord.model_validate_json(path.read_text("utf-8"))


def newest(folder: Path) -> PrivacyRecord | None:
    """The newest whole run; quick ones are samples and stand for nothing."""
    return max(_whole_runs(folder), key=lambda record: record.measured_at, default=None)


def _whole_runs(folder: Path) -> Iterator[PrivacyRecord]:
    for path in sorted(folder.glob("*.json")):
        record = load(path)
        if not record.quick:
            yield record
