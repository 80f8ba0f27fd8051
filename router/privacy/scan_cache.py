"""Segments seen before are not scanned again: clients resend whole conversations.

Lossy and per process. It holds no text: a segment is known by an HMAC under a key that is drawn at
start and never leaves the process.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from typing import TypeAlias

from router.domain import Finding, Json, Segment
from router.long_bodies import out_of_the_way
from router.protocols import Detector, Settling

_Findings: TypeAlias = tuple[Finding, ...]


class ScanCache:
    """The most recently used results. Every result weighs one plus its findings."""

    def __init__(self, max_entries: int = 20_000) -> None:
        self._max_weight = max_entries
        self._weight = 0
        self._key = secrets.token_bytes(32)
        self._entries: OrderedDict[bytes, _Findings] = OrderedDict()

    def key(self, tenant: str, detector_version: str, text: str) -> bytes:
        """Tenants share no entry: a quick answer would tell one what another has sent."""
        message = f"{tenant}\0{detector_version}\0{text}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, "sha256")

    def get(self, key: bytes) -> _Findings | None:
        findings = self._entries.get(key)
        if findings is not None:
            self._entries.move_to_end(key)
        return findings

    def put(self, key: bytes, findings: _Findings) -> None:
        replaced = self._entries.pop(key, None)
        if replaced is not None:
            self._weight -= 1 + len(replaced)
        self._entries[key] = findings
        self._weight += 1 + len(findings)
        while self._weight > self._max_weight:
            _, evicted = self._entries.popitem(last=False)
            self._weight -= 1 + len(evicted)

    def __len__(self) -> int:
        return len(self._entries)


class CachingDetector:
    """A Detector, for one tenant, in front of another one that looks at each segment by itself.

    Only complete results are kept: what the wrapped detector raises passes through, and nothing of
    that call is remembered. Where a finding settled a scan, that is known of its own segment, and
    nothing of the others.
    """

    def __init__(self, detector: Detector, cache: ScanCache, tenant: str) -> None:
        self._detector = detector
        self._cache = cache
        self._tenant = tenant

    @property
    def version(self) -> str:
        return self._detector.version

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        """Raises DetectionFailed where the wrapped detector does."""
        texts: list[Json] = [segment.text for segment in segments]
        keys = await out_of_the_way(texts, self._keys, segments, settling)
        known: dict[bytes, _Findings] = {}
        unseen: dict[bytes, Segment] = {}
        for key, segment in zip(keys, segments, strict=True):
            findings = self._cache.get(key)
            if findings is None:
                unseen[key] = segment
            else:
                known[key] = findings
        if unseen and not any(_settled(findings, settling) for findings in known.values()):
            known |= await self._scan(unseen, settling)
        return tuple(
            _at(finding, number)
            for number, key in enumerate(keys)
            for finding in known.get(key, ())
        )

    def _keys(self, segments: Sequence[Segment], settling: Settling | None) -> list[bytes]:
        # A result that stopped early holds for whoever stops at the same.
        stop = "" if settling is None else f"{settling.min_score} {sorted(settling.entity_types)}"
        scan = f"{self.version}\0{hashlib.sha256(stop.encode()).hexdigest()}"
        return [
            self._cache.key(self._tenant, f"{scan}\0{segment.joined}", segment.text)
            for segment in segments
        ]

    async def _scan(
        self, unseen: dict[bytes, Segment], settling: Settling | None
    ) -> dict[bytes, _Findings]:
        by_segment: list[list[Finding]] = [[] for _ in unseen]
        for finding in await self._detector.detect(tuple(unseen.values()), settling):
            by_segment[finding.segment].append(_at(finding, 0))
        scanned = {key: tuple(findings) for key, findings in zip(unseen, by_segment, strict=True)}
        stopped = any(_settled(findings, settling) for findings in scanned.values())
        for key, findings in scanned.items():
            if not stopped or _settled(findings, settling):
                self._cache.put(key, findings)
        return scanned


def _settled(findings: _Findings, settling: Settling | None) -> bool:
    return settling is not None and any(map(settling.settles, findings))


def _at(finding: Finding, segment: int) -> Finding:
    return Finding(finding.entity_type, segment, finding.start, finding.end, finding.score)
