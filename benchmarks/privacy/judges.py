"""What judges a request: the classifier as the gateway wires it, or default Presidio."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from router.domain import (
    Basis,
    Classification,
    DataClass,
    Endpoint,
    Finding,
    InferenceRequest,
    JsonObject,
    Principal,
    Segment,
    Tier,
)
from router.privacy.classify import Classifier
from router.privacy.extract import extract
from router.privacy.rules import DetectionRules
from router.protocols import Detector, Settling

PERSON = "PERSON"
MakeClassifier = Callable[[Detector], Classifier]


@dataclass(frozen=True, slots=True)
class Found:
    """One finding, with the path of the text that it is in. `text` is for finding spans again."""

    entity_type: str
    path: str
    start: int
    end: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`undetermined` says that the class is restricted for want of a judgement.

    `person_score` is the highest score of a person, 0 for none, and `class_without_persons` what
    the request is without them: what a threshold for persons would make of it.
    """

    data_class: DataClass
    undetermined: bool
    found: tuple[Found, ...]
    person_score: float = 0.0
    class_without_persons: DataClass = DataClass.PUBLIC

    @property
    def forced_on_prem(self) -> bool:
        return self.data_class >= DataClass.CONFIDENTIAL


class Judge(Protocol):
    async def judge(self, body: JsonObject) -> Verdict: ...


class GatewayJudge:
    """Everything that the classifier would say, with every finding and nothing remembered."""

    def __init__(self, detector: Detector, make_classifier: MakeClassifier) -> None:
        self._detector = detector
        self._make_classifier = make_classifier

    async def judge(self, body: JsonObject) -> Verdict:
        recorder = _Recorder(self._detector)
        classification = await classify(self._make_classifier(recorder), body)
        undetermined = Basis.UNDETERMINED in classification.basis
        # Replayed, for a threshold on persons: the same findings, without one type of them.
        without = _Replayed(
            recorder.version, [f for f in recorder.findings if f.entity_type != PERSON]
        )
        if not undetermined and any(f.entity_type == PERSON for f in recorder.findings):
            rest = await classify(self._make_classifier(without), body)
        else:
            rest = classification
        segments = extract(body).segments if classification.findings else ()
        return Verdict(
            data_class=classification.data_class,
            undetermined=undetermined,
            found=tuple(_found(finding, segments) for finding in classification.findings),
            person_score=max(
                (f.score for f in recorder.findings if f.entity_type == PERSON), default=0.0
            ),
            class_without_persons=rest.data_class,
        )


async def classify(classifier: Classifier, body: JsonObject) -> Classification:
    """As for a team without a floor, nothing declared and nothing inherited."""
    request = InferenceRequest(
        request_id="benchmark", endpoint=Endpoint.CHAT, body=body, choice="auto", stream=False
    )
    principal = Principal(
        key_id="benchmark", team="benchmark", floor=DataClass.PUBLIC, tiers=frozenset(Tier)
    )
    return await classifier.classify(request, principal, None)


class BaselineAnalyzer(Protocol):
    async def analyze(self, texts: Sequence[str]) -> list[list[tuple[str, int, int, float]]]:
        """(entity type, start, end, score) for each text. Raises TimeoutError."""
        ...


class PresidioJudge:
    """Default Presidio over the same texts of a request, read in one of two ways.

    Without `rules`, anything that it finds forces a request on-prem, as its users mostly do; with
    them, its findings mean what they mean in our policy.
    """

    def __init__(self, analyzer: BaselineAnalyzer, rules: DetectionRules | None = None) -> None:
        self._analyzer = analyzer
        self._rules = rules

    async def judge(self, body: JsonObject) -> Verdict:
        segments = extract(body).segments
        answers = await self._analyzer.analyze([segment.text for segment in segments])
        findings = [
            Finding(entity_type, number, start, end, score)
            for number, answer in enumerate(answers)
            for entity_type, start, end, score in answer
        ]
        return Verdict(
            data_class=self._class_of(findings),
            undetermined=False,
            found=tuple(_found(finding, segments) for finding in findings),
        )

    def _class_of(self, findings: list[Finding]) -> DataClass:
        if self._rules is None:
            return DataClass.CONFIDENTIAL if findings else DataClass.INTERNAL
        believed = {f.entity_type for f in findings if f.score >= self._rules.min_score}
        data_class = self._rules.class_of_all(believed)
        return max(self._rules.default_class, data_class or DataClass.PUBLIC)


class _Recorder:
    """Asks for every finding, whatever would settle the class, and keeps them."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.findings: tuple[Finding, ...] = ()

    @property
    def version(self) -> str:
        return self._detector.version

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        self.findings = await self._detector.detect(segments)
        return self.findings


class _Replayed:
    def __init__(self, version: str, findings: Sequence[Finding]) -> None:
        self._findings = tuple(findings)
        self._version = version

    @property
    def version(self) -> str:
        return self._version

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        return self._findings


def _found(finding: Finding, segments: Sequence[Segment]) -> Found:
    segment = segments[finding.segment]
    text = segment.text[finding.start : finding.end]
    return Found(finding.entity_type, segment.path, finding.start, finding.end, text)
