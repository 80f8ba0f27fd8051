"""A detector in front of the gateway's own that does what it is told to, good or bad."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

from router.domain import Finding, Segment
from router.protocols import Detector, Settling

Disturbance: TypeAlias = Literal["none", "raises", "late", "nonsense", "no_version"]


class DisturbedDetector:
    """`disturbance` may be set from any thread. `late_s` is how much later a late answer comes."""

    def __init__(self, inner: Detector, late_s: float) -> None:
        self._inner = inner
        self._late_s = late_s
        self.disturbance: Disturbance = "none"

    @property
    def version(self) -> str:
        if self.disturbance == "no_version":
            raise OSError("the detector is gone")
        return self._inner.version

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        match self.disturbance:
            case "raises":
                raise RuntimeError("told to")
            case "nonsense":
                return (Finding("NOWHERE", 1_000_000, 0, 1, 1.0),)
            case "late":
                await asyncio.sleep(self._late_s)
        return await self._inner.detect(segments, settling)

    def obey(self, order: str) -> None:
        """Sets the disturbance that is called so."""
        for disturbance in get_args(Disturbance):
            if order == disturbance:
                self.disturbance = disturbance
