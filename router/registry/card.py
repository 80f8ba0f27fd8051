"""A model's card: whose it is, under what licence, where it stands in its life, what vouches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from router.task import Task


class LifecycleState(StrEnum):
    """Where a version stands, in the order in which it goes through them."""

    CANDIDATE = "candidate"
    SHADOW = "shadow"
    CANARY = "canary"
    PRODUCTION = "production"
    DEPRECATED = "deprecated"
    RETIRED = "retired"

    @property
    def answers_clients(self) -> bool:
        return self in _ANSWERING


_ANSWERING = {LifecycleState.CANARY, LifecycleState.PRODUCTION, LifecycleState.DEPRECATED}


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """`since` is the first day in `state`, in UTC; None where nobody said.

    `canary_share` is the part, in (0, 1), of its champion's requests that a canary takes; 0 for
    every other state. `shadow_share` is the part, in [0, 1], of which a shadow gets copies.
    """

    state: LifecycleState = LifecycleState.PRODUCTION
    since: date | None = None
    canary_share: float = 0.0
    shadow_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Certification:
    """`expires` is its last day, in UTC."""

    name: str
    expires: date

    def is_valid(self, day: date) -> bool:
        return day <= self.expires


@dataclass(frozen=True, slots=True)
class RecordReference:
    """A benchmark record on disk; `sha256` is 64 hex digits over the file that was meant."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class QualityFigure:
    """How well a model did a task in a record: the mean score of `items` answers, in [0, 1].

    `low` and `high` are the bounds of its 95% interval. `output_tokens` is the mean length of those
    answers, None where the record has none.
    """

    items: int
    mean: float
    low: float
    high: float
    output_tokens: float | None = None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a file of schema 1 leaves out is None.

    `measured` names figures and their records; `quality` has what the record of that name says, by
    task, and is empty where there is none.
    """

    owner: str | None = None
    licence: str | None = None
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    next_review: date | None = None
    certifications: tuple[Certification, ...] = ()
    measured: Mapping[str, RecordReference] = field(default_factory=dict)
    quality: Mapping[Task, QualityFigure] = field(default_factory=dict)
