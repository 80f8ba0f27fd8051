"""What a run leaves: both counts with their intervals, and what was asked and broken meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from benchmarks.leak.count import LeakKind
from benchmarks.machine import Machine
from benchmarks.privacy.record import Rate

CLIENTS = "clients"
"""The family of what clients do by themselves, faults or none: leave."""
MIN_REQUESTS = 1_000
"""A run of fewer is a smoke test and stands for nothing in the README."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LeakEntry(_Part):
    """One enforcement leak, for whoever goes after it."""

    number: int | None
    kind: LeakKind
    provider: str
    request_id: str | None


class Enforcement(_Part):
    """`leaks` is of those requests that had to stay inside or have no record; `by_kind` of all.

    `had_to_stay` says how many of them for which reason; there may be several for one.
    """

    leaks: Rate
    had_to_stay: dict[LeakKind, int]
    by_kind: dict[LeakKind, int]
    entries: tuple[LeakEntry, ...]


class Detection(_Part):
    """Of requests with identifiers, by the category of these; `all` for every one.

    `leaks` is how many arrived outside of those that have a record. `missed` is how many a working
    detector found nothing sensitive in, of those where it alone decided: not declared, not of a key
    with a floor or for a purpose that stays inside, not private, not undetermined, not of a
    conversation that sticks.
    """

    category: str
    leaks: Rate
    missed: Rate


class Harmless(_Part):
    """So that a gateway that sends nothing outside does not look perfect.

    `outside` is how many were sent to an external provider, of those that have a record and did not
    have to stay; `forced` how many a working detector took for sensitive, of those that it judged;
    `undetermined` how many were kept because no detector could judge them.
    """

    outside: Rate
    forced: Rate
    undetermined: int


class Fault(_Part):
    """`failed` is how often it could not be injected."""

    family: str
    name: str
    injected: int
    failed: int


class LeakRecord(_Part):
    schema_version: Literal[1] = 1
    suite: Literal["leak"] = "leak"
    measured_at: datetime
    commit: str
    uncommitted_changes: bool
    seed: int
    requests: int
    concurrency: int
    gateways: int
    duration_s: float
    detector: Literal["real", "fake"]
    detector_versions: tuple[str, ...]
    policy_digests: tuple[str, ...]
    samples: str
    machine: Machine
    libraries: dict[str, str]
    enforcement: Enforcement
    detection: tuple[Detection, ...]
    harmless: Harmless
    undetermined: int
    """Requests that no detector could judge, mostly for the faults."""
    data_classes: dict[str, int]
    endings: dict[str, int]
    """How requests ended for their clients: answered, an HTTP status and code, cut, lost, left."""
    unrecorded_answers: int
    """Whole answers whose record is missing or says otherwise; the goal is none."""
    bad_configurations_served: int
    """Gateways that started with a policy under which something could leak; the goal is none."""
    gateway_deaths: int
    """Gateways that ended although nobody ended them."""
    arrivals: dict[str, int]
    """Requests that arrived at each external provider, tries that failed included."""
    faults: tuple[Fault, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing happened that must never happen."""
        return not (
            self.enforcement.leaks.hits
            or any(self.enforcement.by_kind.values())
            or self.unrecorded_answers
            or self.bad_configurations_served
        )

    def detection_of(self, category: str) -> Detection | None:
        return next((entry for entry in self.detection if entry.category == category), None)


def save(record: LeakRecord, folder: Path) -> Path:
    """Writes the record under a name that sorts by time; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = record.measured_at.strftime("%Y%m%dT%H%M%SZ")
    path = folder / f"leak-{stamp}-{record.commit[:7]}.json"
    path.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def newest(folder: Path) -> LeakRecord | None:
    """The newest run that counts."""
    shown = (record for record in _records(folder) if counts(record))
    return max(shown, key=lambda record: record.measured_at, default=None)


def _records(folder: Path) -> Iterator[LeakRecord]:
    for path in sorted(folder.glob("leak-*.json")):
        yield LeakRecord.model_validate_json(path.read_text("utf-8"))


def counts(record: LeakRecord) -> bool:
    """Whether it may stand for the product: real detector and texts, faults, enough requests."""
    return (
        record.detector == "real"
        and record.samples == "generated"
        and record.requests >= MIN_REQUESTS
        and any(fault.injected for fault in record.faults if fault.family != CLIENTS)
    )
