"""The layers of detection, cheap ones first.

1. What nobody can read.
2. Patterns, over every view of a text: as it is, folded, spelled out, decoded.
3. Names and what else has no shape: a token classifier, over the same views.

Imported by the worker alone, after it has kept deep-learning frameworks out (see worker.py).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from router.domain import Finding
from router.privacy.recognisers.catalogue import CATALOGUE, CatalogueMatcher
from router.privacy.recognisers.match import PatternMatcher
from router.privacy.recognisers.pattern import Pattern
from router.privacy.views.illegible import BLOB, SCRIPT, illegible
from router.privacy.views.texts import views
from router.privacy.views.view import View
from router.protocols import Settling
from serving.detection.frames import OUT_OF_TIME
from serving.detection.neural.model_files import locate
from serving.detection.neural.token_classifier import TokenClassifier
from serving.detection.presidio import LinearPatternRecognizer, PatternAnalyzer
from serving.detection.questions import Question
from serving.detection.version import detector_version
from serving.detection.windows import windows

_WARM_UP = (
    "Ann Lee, ann@example.com, 078-05-1120, born 1 May 1970, password: x8!kQ2",
    "\uff14\uff15 \u2013 caf\u00e9; my patient Ann takes metformin; DE89 3704 0044 0532 0130 00",
    "ssn tax id passport license account card phone order number, 12 Oak Street, four five six",
)
_TIME_SHARE = 0.9
"""Of the time there is; what is left is for saying so, before the process is killed."""
_UNREADABLE = {BLOB: "UNREADABLE_BLOB", SCRIPT: "UNSUPPORTED_SCRIPT"}
_UNREAD_KINDS = frozenset({"spelled"})
"""Views that have digits or addresses made whole in them, and no other names than the rest has."""


_SAME_SIGNS = frozenset({"folded", "spelled"})
"""Views that are as legible as what they were made of."""


class OutOfTime(Exception):
    """The time for this scan is up."""


assert OutOfTime.__name__ == OUT_OF_TIME


class LayeredScanner:
    """Takes a second to build. Not for more than one thread; its own are inside."""

    def __init__(self, recognisers: Sequence[Pattern] = (), *, threads: int = 2) -> None:
        """`recognisers` are the customer's. Raises `neural.model_files.ModelMissing`."""
        self._classifier = TokenClassifier(locate(), threads=threads)
        matcher = CatalogueMatcher()
        found = [LinearPatternRecognizer("Ringfence", CATALOGUE, matcher)]
        if recognisers:
            customers = PatternMatcher(recognisers)
            found.append(LinearPatternRecognizer("Customer", recognisers, customers))
        self._patterns = PatternAnalyzer(found)
        at_seams = LinearPatternRecognizer("Seams", CATALOGUE, matcher, joined=True)
        self._seams = PatternAnalyzer([at_seams])
        self.version = detector_version(recognisers, self._classifier.version)
        # What loads and compiles late does so now.
        self.scan(Question(_WARM_UP, frozenset(), None, 60.0))

    def scan(self, question: Question) -> list[tuple[int, str, int, int, float]]:
        """Returns (text number, entity type, start, end, score), sorted, each span once.

        Stops at a finding that settles the question. Raises OutOfTime.
        """
        scan = _Scan(_Deadline(question.timeout_s * _TIME_SHARE), _Found(question.settling))
        for number, text in enumerate(question.texts):
            look = self._look_at_seam if number in question.joined else self._look_at
            for _ in look(number, text, scan):
                if scan.found.settled:
                    return scan.found.spans()
        read = self._classifier.scan([view.text for _, view in scan.to_read], scan.deadline.check)
        for place, entity_type, start, end, score in read:
            number, view = scan.to_read[place]
            scan.found.add(number, entity_type, *view.locate(start, end), score)
        return scan.found.spans()

    def _look_at(self, number: int, text: str, scan: _Scan) -> Iterator[None]:
        """The cheap layers; yields after each step. Notes what is to be read by the last one."""
        scan.deadline.check()
        looked_at = views(text)
        if not looked_at.complete:
            scan.found.add(number, _UNREADABLE[BLOB], 0, len(text), 1.0)
            yield
        for view in looked_at:
            reason = None if view.kind in _SAME_SIGNS else illegible(view.text)
            if reason is not None:
                scan.found.add(number, _UNREADABLE[reason], 0, len(text), 1.0)
                yield
            _match(self._patterns, number, view, scan)
            yield
            if view.kind not in _UNREAD_KINDS:
                scan.to_read.append((number, view))

    def _look_at_seam(self, number: int, text: str, scan: _Scan) -> Iterator[None]:
        for view in views(text):
            _match(self._seams, number, view, scan)
            yield


def _match(patterns: PatternAnalyzer, number: int, view: View, scan: _Scan) -> None:
    for offset, window in windows(view.text):
        scan.deadline.check()
        for result in patterns.find(window):
            span = view.locate(offset + result.start, offset + result.end)
            scan.found.add(number, result.entity_type, *span, float(result.score))


class _Deadline:
    def __init__(self, timeout_s: float) -> None:
        self._at_s = time.monotonic() + timeout_s

    def check(self) -> None:
        """Raises OutOfTime."""
        if time.monotonic() > self._at_s:
            raise OutOfTime


class _Found:
    """Spans, each once, with its highest score."""

    def __init__(self, settling: Settling | None) -> None:
        self._settling = settling
        self._scores: dict[tuple[int, int, int, str], float] = {}
        self.settled = False

    def add(self, number: int, entity_type: str, start: int, end: int, score: float) -> None:
        span = (number, start, end, entity_type)
        self._scores[span] = max(self._scores.get(span, 0.0), score)
        if self._settling is not None:
            finding = Finding(entity_type, number, start, end, score)
            self.settled = self.settled or self._settling.settles(finding)

    def spans(self) -> list[tuple[int, str, int, int, float]]:
        return [
            (number, entity_type, start, end, score)
            for (number, start, end, entity_type), score in sorted(self._scores.items())
        ]


@dataclass(slots=True)
class _Scan:
    """What one question has come to; `to_read` has what is left for the last layer."""

    deadline: _Deadline
    found: _Found
    to_read: list[tuple[int, View]] = field(default_factory=list)
