from __future__ import annotations

from collections.abc import Sequence

import pytest

from router.domain import Finding, Segment
from router.errors import DetectorCrashed
from router.privacy.scan_cache import CachingDetector, ScanCache
from router.protocols import Settling


class CountingDetector:
    """Finds the digit 7, wherever it is."""

    def __init__(self) -> None:
        self.version = "counting/1"
        self.scanned: list[list[str]] = []
        self.failing = False

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        self.scanned.append([segment.text for segment in segments])
        if self.failing:
            raise DetectorCrashed("broken")
        return tuple(
            Finding("SEVEN", number, at, at + 1, 1.0)
            for number, segment in enumerate(segments)
            for at, character in enumerate(segment.text)
            if character == "7"
        )


def text(*texts: str) -> tuple[Segment, ...]:
    return tuple(Segment("", item) for item in texts)


def where(findings: tuple[Finding, ...]) -> list[tuple[int, int]]:
    return [(finding.segment, finding.start) for finding in findings]


async def test_only_what_is_new_is_scanned_and_numbers_are_those_of_the_call() -> None:
    detector = CountingDetector()
    caching = CachingDetector(detector, ScanCache(), "team")
    assert where(await caching.detect(text("a7", "b"))) == [(0, 1)]
    assert where(await caching.detect(text("b", "77", "a7", "77"))) == [
        (1, 0),
        (1, 1),
        (2, 1),
        (3, 0),
        (3, 1),
    ]
    assert where(await caching.detect(text("a7"))) == [(0, 1)]
    assert detector.scanned == [["a7", "b"], ["77"]]


async def test_failures_are_not_remembered() -> None:
    detector = CountingDetector()
    caching = CachingDetector(detector, ScanCache(), "team")
    detector.failing = True
    with pytest.raises(DetectorCrashed):
        await caching.detect(text("7"))
    detector.failing = False
    assert where(await caching.detect(text("7"))) == [(0, 0)]


async def test_another_detector_version_knows_nothing() -> None:
    detector = CountingDetector()
    caching = CachingDetector(detector, ScanCache(), "team")
    await caching.detect(text("a"))
    detector.version = "counting/2"
    await caching.detect(text("a"))
    assert detector.scanned == [["a"], ["a"]]


async def test_it_is_bounded_and_forgets_the_least_recently_used() -> None:
    detector = CountingDetector()
    caching = CachingDetector(detector, ScanCache(2), "team")
    await caching.detect(text("a", "b"))
    await caching.detect(text("a"))
    await caching.detect(text("c"))
    detector.scanned.clear()
    await caching.detect(text("a", "b", "c"))
    assert detector.scanned == [["b"]]


def test_findings_weigh_too() -> None:
    cache = ScanCache(max_entries=10)
    many = tuple(Finding("X", 0, i, i + 1, 1.0) for i in range(100))
    cache.put(b"small", ())
    cache.put(b"large", many)
    assert len(cache) == 0
    cache.put(b"small", ())
    cache.put(b"small", many[:3])
    assert cache.get(b"small") == many[:3]


def test_it_holds_no_text() -> None:
    cache = ScanCache(max_entries=10)
    key = cache.key("team", "v", "SECRET-TEXT \ud800")
    cache.put(key, ())
    assert b"SECRET" not in key
    assert key != ScanCache(max_entries=10).key("team", "v", "SECRET-TEXT \ud800")


async def test_a_team_cannot_tell_by_the_time_what_another_has_sent() -> None:
    detector = CountingDetector()
    cache = ScanCache()
    await CachingDetector(detector, cache, "clinic").detect(text("a7"))
    await CachingDetector(detector, cache, "bank").detect(text("a7"))
    assert detector.scanned == [["a7"], ["a7"]]


SEVEN_SETTLES = Settling(frozenset({"SEVEN"}), 0.5)


async def test_a_settled_turn_settles_the_next_one_without_a_scan() -> None:
    detector = CountingDetector()
    caching = CachingDetector(detector, ScanCache(), "team")
    await caching.detect(text("hello", "7"), SEVEN_SETTLES)
    assert where(await caching.detect(text("hello", "7", "new"), SEVEN_SETTLES)) == [(1, 0)]
    assert len(detector.scanned) == 1


async def test_what_stood_beside_a_settling_finding_counts_as_unseen() -> None:
    """The scan may have stopped before it came to the rest."""
    detector = CountingDetector()
    caching = CachingDetector(detector, ScanCache(), "team")
    await caching.detect(text("hello", "7"), SEVEN_SETTLES)
    await caching.detect(text("hello"), SEVEN_SETTLES)
    assert detector.scanned == [["hello", "7"], ["hello"]]


async def test_a_scan_that_may_stop_is_none_for_whoever_wants_all() -> None:
    detector = CountingDetector()
    caching = CachingDetector(detector, ScanCache(), "team")
    await caching.detect(text("7"), SEVEN_SETTLES)
    await caching.detect(text("7"))
    assert len(detector.scanned) == 2


async def test_a_seam_is_not_the_text_that_reads_the_same() -> None:
    detector = CountingDetector()
    caching = CachingDetector(detector, ScanCache(), "team")
    await caching.detect((Segment("", "7 7", joined=True),))
    await caching.detect(text("7 7"))
    assert len(detector.scanned) == 2
