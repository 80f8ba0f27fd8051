"""Streams for tests, and what a client makes of one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from itertools import pairwise
from typing import Any

from router.domain import DataClass, Endpoint, Finding, InferenceRequest, JsonObject, Segment
from router.privacy.output.report import OutputReport
from router.privacy.output.scanner import Scanner
from router.privacy.rules import Combination, DetectionRules
from serving.detection.fake import FakePatternDetector

CHAT = InferenceRequest("r", Endpoint.CHAT, {}, "auto", stream=True)
COMBINED = Combination(frozenset({"EMAIL_ADDRESS", "DATE"}), DataClass.RESTRICTED)
RULES = DetectionRules(
    default_class=DataClass.INTERNAL,
    team_floors={},
    entity_classes={
        "EMAIL_ADDRESS": DataClass.CONFIDENTIAL,
        "DATE": DataClass.CONFIDENTIAL,
        "WEAK": DataClass.RESTRICTED,
    },
    min_score=0.5,
    max_characters=10_000,
    combinations=(COMBINED,),
)


class Watched(FakePatternDetector):
    """Knows what it was shown; also finds what a test adds, with its score."""

    def __init__(self, **more: tuple[str, float]) -> None:
        self.shown: list[str] = []
        self._more = more

    async def detect(
        self, segments: Sequence[Segment], settling: Any = None
    ) -> tuple[Finding, ...]:
        self.shown += [segment.text for segment in segments]
        found = list(await super().detect(segments, settling))
        for kind, (word, score) in self._more.items():
            for number, segment in enumerate(segments):
                at = segment.text.find(word)
                if at >= 0:
                    found.append(Finding(kind, number, at, at + len(word), score))
        return tuple(found)


def scanner(
    report: OutputReport,
    detector: FakePatternDetector | None = None,
    from_data_class: DataClass = DataClass.RESTRICTED,
) -> Scanner:
    return Scanner(detector or FakePatternDetector(), RULES, from_data_class, report, "r")


def cut(text: str, places: Iterable[int]) -> list[str]:
    at = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in pairwise(at)]


def chunk(delta: Any, finish: str | None = None, index: int = 0) -> JsonObject:
    return {"id": "x", "choices": [{"index": index, "delta": delta, "finish_reason": finish}]}


async def of(events: Iterable[JsonObject]) -> AsyncGenerator[JsonObject, None]:
    for event in events:
        yield event


def said(events: Iterable[JsonObject]) -> dict[tuple[int, str], str]:
    """The text of each choice and field, put together as clients do."""
    texts: dict[tuple[int, str], str] = {}
    for event in events:
        choices: Any = event["choices"]
        for choice in choices:
            for name, value in choice["delta"].items():
                if isinstance(value, str) and name != "role":
                    place = (choice["index"], name)
                    texts[place] = texts.get(place, "") + value
    return texts
