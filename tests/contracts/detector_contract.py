"""What every Detector does. Subclasses bring a `detector` fixture."""

from __future__ import annotations

import asyncio
from dataclasses import fields

from router.domain import Finding, Segment
from router.protocols import Detector

EMAIL = "ann.lee@example.com"
SSN = "219-09-9998"


def segments(*texts: str) -> tuple[Segment, ...]:
    return tuple(Segment(f".messages[{i}].content", text) for i, text in enumerate(texts))


def matched(findings: tuple[Finding, ...], entity_type: str, *texts: str) -> set[tuple[int, str]]:
    return {
        (finding.segment, texts[finding.segment][finding.start : finding.end])
        for finding in findings
        if finding.entity_type == entity_type
    }


class DetectorContract:
    async def test_offsets_point_into_the_original_segments(self, detector: Detector) -> None:
        texts = ("nothing to see", f"è \U0001d518 \t write to {EMAIL} now", f"my ssn is {SSN}")
        findings = await detector.detect(segments(*texts))
        assert matched(findings, "EMAIL_ADDRESS", *texts) == {(1, EMAIL)}
        assert matched(findings, "US_SSN", *texts) == {(2, SSN)}
        assert all(0.0 <= finding.score <= 1.0 for finding in findings)

    async def test_lone_surrogates_and_nul_are_text_like_any_other(
        self, detector: Detector
    ) -> None:
        texts = ("\ud800\udfff\x00\ud800", f"\x00 a \udc00 b {EMAIL} \x00")
        findings = await detector.detect(segments(*texts))
        assert matched(findings, "EMAIL_ADDRESS", *texts) == {(1, EMAIL)}

    async def test_nothing_in_gives_nothing_out(self, detector: Detector) -> None:
        assert await detector.detect(()) == ()
        assert await detector.detect(segments("", " \n\t", "\u2028")) == ()

    async def test_the_same_text_gives_the_same_findings(self, detector: Detector) -> None:
        text = segments(f"{EMAIL}, {SSN}")
        assert await detector.detect(text) == await detector.detect(text)

    async def test_scans_at_the_same_time_do_not_mix(self, detector: Detector) -> None:
        addresses = [f"user{number}@example.com" for number in range(6)]
        results = await asyncio.gather(
            *(detector.detect(segments("x", f"write to {address} now")) for address in addresses)
        )
        for address, findings in zip(addresses, results, strict=True):
            text = f"write to {address} now"
            assert matched(findings, "EMAIL_ADDRESS", "x", text) == {(1, address)}

    async def test_long_texts_are_scanned_to_the_end(self, detector: Detector) -> None:
        text = "\n" * 45_000 + f" {EMAIL}"
        findings = await detector.detect(segments(text))
        assert matched(findings, "EMAIL_ADDRESS", text) == {(0, EMAIL)}

    async def test_findings_hold_no_text(self, detector: Detector) -> None:
        findings = await detector.detect(segments(f"mail {EMAIL}"))
        assert findings
        assert EMAIL not in repr(findings)
        assert {f.name for f in fields(findings[0])} == {
            "entity_type",
            "segment",
            "start",
            "end",
            "score",
        }

    async def test_the_version_is_a_name(self, detector: Detector) -> None:
        assert detector.version.strip()
        assert detector.version == detector.version
