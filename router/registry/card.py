"""A model's card: whose it is, under what licence, where it stands in its life, what vouches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path


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
    every other state.
    """

    state: LifecycleState = LifecycleState.PRODUCTION
    since: date | None = None
    canary_share: float = 0.0


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
class ModelCard:
    """What a file of schema 1 leaves out is None. `measured` names figures and their records."""

    owner: str | None = None
    licence: str | None = None
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    next_review: date | None = None
    certifications: tuple[Certification, ...] = ()
    measured: Mapping[str, RecordReference] = field(default_factory=dict)
