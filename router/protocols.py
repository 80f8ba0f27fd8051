"""What the router asks of the world. `serving` implements these; tests bring their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from router.domain import Endpoint, Finding, JsonObject, Segment


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One attempt at one backend: exactly these bytes, under this deadline.

    `clearance` is the signed statement without which no HTTP transport sends `body` (I1); a
    deployment of our own engine needs none, since nothing leaves.
    """

    request_id: str
    attempt: int
    model: str
    endpoint: Endpoint
    path: str
    body: bytes = field(repr=False)
    stream: bool
    timeout_s: float
    clearance: str | None = field(default=None, repr=False)


class Backend(Protocol):
    """What answers."""

    def attempt(self, dispatch: Dispatch) -> AsyncIterator[JsonObject]:
        """Makes one attempt and yields its answer in OpenAI's dialect.

        Yields one response object, or, with `dispatch.stream`, chunks to the end of the stream.
        Raises a BackendFailure (before the first object or between two of them) or EgressRefused;
        never retries. Closing the iterator cancels the work at the engine.
        """
        ...


@dataclass(frozen=True, slots=True)
class Settling:
    """Findings after which a caller needs no more: one of these types, with at least this score."""

    entity_types: frozenset[str]
    min_score: float

    def settles(self, finding: Finding) -> bool:
        return finding.entity_type in self.entity_types and finding.score >= self.min_score


class Detector(Protocol):
    """What finds sensitive text."""

    @property
    def version(self) -> str:
        """Names the detector's code, models and configuration; part of every record."""
        ...

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        """Scans all segments and returns what it found.

        Where one of the findings settles it, the rest of the text may not have been looked at.
        Apart from that, raises DetectionFailed when it has no complete answer, and never returns a
        partial one (I2).
        """
        ...


class Clock(Protocol):
    def now_s(self) -> float:
        """Seconds since the epoch."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never go back, for durations and deadlines."""
        ...
