"""The class is the highest of all that is known, and a detection that fails is restricted (I2)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from router.domain import (
    Basis,
    DataClass,
    Endpoint,
    Finding,
    InferenceRequest,
    JsonObject,
    Principal,
    Segment,
    Tier,
)
from router.errors import DetectionTimeout, DetectorCrashed, DetectorOverloaded, TextTooLong
from router.privacy.classify import NO_DETECTOR_VERSION, Classifier
from router.privacy.rules import UNREADABLE, Combination, DetectionRules
from router.protocols import Settling

RULES = DetectionRules(
    default_class=DataClass.INTERNAL,
    team_floors={"clinic": DataClass.CONFIDENTIAL},
    entity_classes={
        "URL": DataClass.PUBLIC,
        "EMAIL_ADDRESS": DataClass.CONFIDENTIAL,
        "US_SSN": DataClass.RESTRICTED,
    },
    min_score=0.4,
    max_characters=1_000,
)


@dataclass
class ScriptedDetector:
    findings: tuple[Finding, ...] = ()
    error: Callable[[], BaseException] | None = None
    scanned: list[str] = field(default_factory=list)
    version: str = "scripted/1"

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        self.scanned += [segment.text for segment in segments]
        if self.error is not None:
            raise self.error()
        return self.findings


def found(entity_type: str, score: float = 0.9) -> Finding:
    return Finding(entity_type, 0, 0, 1, score)


def request(body: JsonObject | None = None, declared: DataClass | None = None) -> InferenceRequest:
    return InferenceRequest(
        request_id="r",
        endpoint=Endpoint.CHAT,
        body={"messages": [{"role": "user", "content": "hello"}]} if body is None else body,
        choice="auto",
        stream=False,
        declared_class=declared,
    )


def principal(team: str = "web", floor: DataClass = DataClass.PUBLIC) -> Principal:
    return Principal(key_id="k", team=team, floor=floor, tiers=frozenset(Tier))


async def classify(detector: ScriptedDetector, **given: object) -> tuple[DataClass, set[Basis]]:
    classifier = Classifier(detector, RULES)
    result = await classifier.classify(
        given.get("request", request()),  # type: ignore[arg-type]
        given.get("principal", principal()),  # type: ignore[arg-type]
        given.get("inherited"),  # type: ignore[arg-type]
        undetermined=bool(given.get("undetermined")),
    )
    return result.data_class, set(result.basis)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, (DataClass.INTERNAL, {Basis.DEFAULT})),
        (
            {"principal": principal(floor=DataClass.RESTRICTED)},
            (DataClass.RESTRICTED, {Basis.KEY_FLOOR}),
        ),
        ({"principal": principal("clinic")}, (DataClass.CONFIDENTIAL, {Basis.KEY_FLOOR})),
        (
            {"principal": principal("clinic"), "inherited": DataClass.CONFIDENTIAL},
            (DataClass.CONFIDENTIAL, {Basis.KEY_FLOOR, Basis.INHERITED}),
        ),
        (
            {"request": request(declared=DataClass.RESTRICTED)},
            (DataClass.RESTRICTED, {Basis.DECLARED}),
        ),
        (
            {"request": request(declared=DataClass.PUBLIC)},
            (DataClass.INTERNAL, {Basis.DEFAULT}),
        ),
        ({"inherited": DataClass.RESTRICTED}, (DataClass.RESTRICTED, {Basis.INHERITED})),
        ({"inherited": DataClass.PUBLIC}, (DataClass.INTERNAL, {Basis.DEFAULT})),
        ({"undetermined": True}, (DataClass.RESTRICTED, {Basis.UNDETERMINED})),
    ],
)
async def test_the_highest_counts_and_all_that_reach_it_are_named(
    given: dict[str, object], expected: tuple[DataClass, set[Basis]]
) -> None:
    assert await classify(ScriptedDetector(), **given) == expected


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ((found("URL"),), (DataClass.INTERNAL, {Basis.DEFAULT})),
        ((found("URL"), found("EMAIL_ADDRESS")), (DataClass.CONFIDENTIAL, {Basis.DETECTED})),
        ((found("NEVER_HEARD_OF"),), (DataClass.RESTRICTED, {Basis.DETECTED})),
        ((found("US_SSN", 0.39),), (DataClass.INTERNAL, {Basis.DEFAULT})),
        ((found("US_SSN", 0.4),), (DataClass.RESTRICTED, {Basis.DETECTED})),
        ((found("US_SSN", float("nan")),), (DataClass.RESTRICTED, {Basis.DETECTED})),
    ],
)
async def test_what_a_finding_makes_of_a_request(
    findings: tuple[Finding, ...], expected: tuple[DataClass, set[Basis]]
) -> None:
    assert await classify(ScriptedDetector(findings)) == expected


@pytest.mark.parametrize(
    "error",
    [DetectionTimeout, DetectorCrashed, DetectorOverloaded, TextTooLong, RuntimeError, MemoryError],
)
async def test_a_detector_that_fails_leaves_a_restricted_request(
    error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    detector = ScriptedDetector(error=lambda: error("SECRET-TEXT"))
    assert await classify(detector) == (DataClass.RESTRICTED, {Basis.UNDETERMINED})
    assert error.__name__ in caplog.text
    assert "SECRET-TEXT" not in caplog.text


async def test_cancellation_is_not_swallowed() -> None:
    with pytest.raises(asyncio.CancelledError):
        await classify(ScriptedDetector(error=asyncio.CancelledError))


async def test_too_much_text_is_restricted_without_a_scan() -> None:
    detector = ScriptedDetector()
    body: JsonObject = {"messages": [{"content": "x" * 1_001}]}
    expected = (DataClass.RESTRICTED, {Basis.UNDETERMINED})
    assert await classify(detector, request=request(body)) == expected
    assert detector.scanned == []


async def test_what_cannot_be_scanned_is_restricted_and_what_was_found_is_kept() -> None:
    detector = ScriptedDetector((found("EMAIL_ADDRESS"),))
    words: JsonObject = {"type": "text", "text": "hello"}
    body: JsonObject = {"messages": [{"content": [words, {"type": "image_url", "image_url": {}}]}]}
    result = await Classifier(detector, RULES).classify(request(body), principal(), None)
    assert result.data_class is DataClass.RESTRICTED
    assert result.basis == (Basis.UNDETERMINED,)
    assert result.entity_counts == {"EMAIL_ADDRESS": 1}
    assert result.detector_version == "scripted/1"


async def test_a_detector_that_cannot_even_say_its_version() -> None:
    class Stopped:
        @property
        def version(self) -> str:
            raise DetectorCrashed("not started")

        async def detect(
            self, segments: Sequence[Segment], settling: Settling | None = None
        ) -> tuple[Finding, ...]:
            return ()

    result = await Classifier(Stopped(), RULES).classify(request(), principal(), None)
    assert result.data_class is DataClass.RESTRICTED
    assert result.detector_version == NO_DETECTOR_VERSION


def rules(**changes: object) -> DetectionRules:
    return replace(RULES, **changes)  # type: ignore[arg-type]


async def test_two_types_can_mean_more_together_than_alone() -> None:
    together = Combination(frozenset({"EMAIL_ADDRESS", "URL"}), DataClass.RESTRICTED)
    detector = ScriptedDetector((found("EMAIL_ADDRESS"), found("URL")))
    classifier = Classifier(detector, rules(combinations=(together,)))
    result = await classifier.classify(request(), principal(), None)
    assert result.data_class is DataClass.RESTRICTED
    detector.findings = (found("EMAIL_ADDRESS"),)
    result = await classifier.classify(request({"prompt": "other"}), principal(), None)
    assert result.data_class is DataClass.CONFIDENTIAL


@pytest.mark.parametrize("entity_type", sorted(UNREADABLE))
async def test_what_nobody_can_read_is_undetermined_and_no_policy_can_say_otherwise(
    entity_type: str,
) -> None:
    detector = ScriptedDetector((found(entity_type, 1.0),))
    classifier = Classifier(detector, rules(entity_classes={entity_type: DataClass.PUBLIC}))
    result = await classifier.classify(request(), principal(), None)
    assert result.data_class is DataClass.RESTRICTED
    assert result.basis == (Basis.UNDETERMINED,)
    assert result.findings == ()


async def test_a_number_split_over_two_messages_belongs_to_both() -> None:
    class SeamDetector(ScriptedDetector):
        async def detect(
            self, segments: Sequence[Segment], settling: Settling | None = None
        ) -> tuple[Finding, ...]:
            return tuple(
                Finding("US_SSN", number, 0, len(segment.text), 0.9)
                for number, segment in enumerate(segments)
                if segment.joined
            )

    body: JsonObject = {
        "messages": [{"role": "user", "content": "219-09"}, {"role": "user", "content": "-9998"}]
    }
    result = await Classifier(SeamDetector(), RULES).classify(request(body), principal(), None)
    assert result.data_class is DataClass.RESTRICTED
    assert [(f.segment, f.start, f.end) for f in result.findings] == [(0, 0, 6), (1, 0, 5)]


async def test_the_detector_is_told_what_settles_unless_the_policy_wants_everything() -> None:
    told: list[Settling | None] = []

    class ToldDetector(ScriptedDetector):
        async def detect(
            self, segments: Sequence[Segment], settling: Settling | None = None
        ) -> tuple[Finding, ...]:
            told.append(settling)
            return ()

    for find_all in (False, True):
        await Classifier(ToldDetector(), rules(find_all=find_all)).classify(
            request(), principal(), None
        )
    assert told == [Settling(UNREADABLE | {"US_SSN"}, RULES.min_score), None]
