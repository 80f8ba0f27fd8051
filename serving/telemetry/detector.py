"""A detector that is watched: how long it takes, and why it has no answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from router.domain import Finding, Segment
from router.errors import (
    DetectionFailed,
    DetectionTimeout,
    DetectorCrashed,
    DetectorOverloaded,
    TextTooLong,
)
from router.protocols import Detector, Settling
from serving.telemetry.families import Families

CAUSES: dict[type[Exception], str] = {
    DetectionTimeout: "timeout",
    DetectorOverloaded: "overloaded",
    DetectorCrashed: "crashed",
    TextTooLong: "too_long",
    DetectionFailed: "failed",
}
UNFORESEEN = "unforeseen"


class WatchedDetector:
    """The same answers and the same errors as those of `detector`."""

    def __init__(self, detector: Detector, families: Families) -> None:
        self._detector = detector
        self._families = families
        # A series that is not there cannot rise: the first failure would not be seen.
        for cause in (*CAUSES.values(), UNFORESEEN):
            families.detection_failures.labels(cause)

    @property
    def version(self) -> str:
        try:
            return self._detector.version
        except Exception as error:
            self._failed(error)
            raise

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        """See `router.protocols.Detector.detect`."""
        began_s = time.perf_counter()
        try:
            return await self._detector.detect(segments, settling)
        except asyncio.CancelledError:
            raise  # the caller's doing
        except Exception as error:
            self._failed(error)
            raise
        finally:
            self._families.detection_s.observe(time.perf_counter() - began_s)

    def _failed(self, error: Exception) -> None:
        cause = next((CAUSES[kind] for kind in type(error).__mro__ if kind in CAUSES), UNFORESEEN)
        self._families.detection_failures.labels(cause).inc()
