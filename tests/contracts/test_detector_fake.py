from __future__ import annotations

import pytest
from detector_contract import DetectorContract, segments

from router.privacy.scan_cache import CachingDetector, ScanCache
from serving.detection.fake import MARKER, FakePatternDetector


class TestFakePatternDetector(DetectorContract):
    @pytest.fixture
    def detector(self) -> FakePatternDetector:
        return FakePatternDetector()

    async def test_cards_have_to_pass_luhn(self, detector: FakePatternDetector) -> None:
        found = await detector.detect(segments("4111 1111 1111 1111", "4111 1111 1111 1112"))
        assert [finding.segment for finding in found] == [0]

    async def test_the_marker(self, detector: FakePatternDetector) -> None:
        (finding,) = await detector.detect(segments(f"a {MARKER} b"))
        assert finding.entity_type == "FAKE_SECRET"


class TestCachingDetector(DetectorContract):
    @pytest.fixture
    def detector(self) -> CachingDetector:
        return CachingDetector(FakePatternDetector(), ScanCache(), "team")


class TestCachingDetectorThatForgets(DetectorContract):
    @pytest.fixture
    def detector(self) -> CachingDetector:
        return CachingDetector(FakePatternDetector(), ScanCache(max_entries=1), "team")
