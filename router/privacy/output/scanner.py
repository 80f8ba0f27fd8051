"""Asks the detector about text of one answer; the one place where its failure means something."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from router.domain import DataClass, Finding, OutputAction, Segment
from router.errors import AnswerStopped, DetectionFailed
from router.privacy.extract import extract
from router.privacy.output.mask import Hit
from router.privacy.output.report import OutputReport
from router.privacy.output.window import MAX_VIEW_CHARACTERS
from router.privacy.rules import DetectionRules
from router.protocols import Detector

_log = logging.getLogger(__name__)

STOPPED = (
    "The answer was stopped: the policy lets none out in which such data is found. Its record "
    "names the types."
)
UNDETERMINED = (
    "The answer was stopped: it could not be scanned, and the policy lets out only what was."
)


class Scanner:
    """Scans under one rule. What counts is of `from_data_class` or above, alone or together with
    what else was found in the same answer.
    """

    def __init__(
        self,
        detector: Detector,
        detection: DetectionRules,
        from_data_class: DataClass,
        report: OutputReport,
        request_id: str,
    ) -> None:
        self._detector = detector
        self._detection = detection
        self._from = from_data_class
        self._report = report
        self._request_id = request_id
        self._types_seen: set[str] = set()

    async def scan(self, texts: Sequence[str]) -> list[list[Hit]]:
        """The hits in each of `texts`. Raises DetectionFailed, and says so in the report (I2)."""
        hits: list[list[Hit]] = [[] for _ in texts]
        if not any(texts):
            return hits
        for number, finding in await self._findings(texts):
            data_class = self._class_of(finding.entity_type)
            if data_class >= self._from:
                hit = Hit(finding.start, finding.end, finding.entity_type, data_class)
                hits[number].append(hit)
        return hits

    async def scan_or_stop(self, texts: Sequence[str]) -> list[list[Hit]]:
        """As `scan`, for what may not go out unscanned: raises AnswerStopped."""
        try:
            return await self.scan(texts)
        except DetectionFailed:
            raise AnswerStopped(UNDETERMINED) from None

    def count(self, entity_types: Iterable[str]) -> None:
        for entity_type in entity_types:
            self._report.count(entity_type)

    def undetermined(self) -> None:
        """Something of the answer could not be judged."""
        self._report.undetermined = True

    def stopped(self) -> None:
        """The answer ends here, whatever the rule for answers would have done."""
        self._report.action = OutputAction.STOP

    async def _findings(self, texts: Sequence[str]) -> list[tuple[int, Finding]]:
        try:
            for text in texts:
                if extract({"content": text}).unscannable:
                    raise DetectionFailed("an answer with what no detector reads")
            found: list[tuple[int, Finding]] = []
            for batch in _batches(texts):
                segments = [Segment(f".answer[{number}]", texts[number]) for number in batch]
                findings = await self._detector.detect(segments)
                found += [(batch[finding.segment], finding) for finding in findings]
        except Exception as error:
            # The type alone: a message could quote what was scanned (I6).
            level = logging.INFO if isinstance(error, DetectionFailed) else logging.ERROR
            name = type(error).__name__
            _log.log(level, "an answer to %s is undetermined: %s", self._request_id, name)
            self.undetermined()
            failed = DetectionFailed("an answer could not be scanned")
        else:
            min_score = self._detection.min_score
            counting = [(at, finding) for at, finding in found if not finding.score < min_score]
            self._types_seen.update(finding.entity_type for _, finding in counting)
            return counting
        # Outside of the handler, so that the error has no context that could quote.
        raise failed

    def _class_of(self, entity_type: str) -> DataClass:
        classes = [self._detection.class_of(entity_type)]
        for combination in self._detection.combinations:
            if entity_type in combination.entity_types <= self._types_seen:
                classes.append(combination.data_class)
        return max(classes)


def _batches(texts: Sequence[str]) -> Iterable[list[int]]:
    """Which texts to ask about at once: no more than a detector judges within its deadline."""
    batch: list[int] = []
    characters = 0
    for number, text in enumerate(texts):
        if batch and characters + len(text) > 2 * MAX_VIEW_CHARACTERS:
            yield batch
            batch, characters = [], 0
        batch.append(number)
        characters += len(text)
    if batch:
        yield batch
