"""The layers of detection, cheap ones first.

1. What nobody can read.
2. Patterns, over every view of a text: as it is, folded, spelled out, decoded.
3. Names and what else has no shape: a token classifier, over the same views.

Imported by the worker alone, after it has kept deep-learning frameworks out (see worker.py).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version as installed_version

from router.domain import Finding
from router.privacy.recognisers.catalogue import CATALOGUE, catalogue_digest
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
from serving.detection.windows import windows

_WARM_UP = (
    "Ann Lee, ann@example.com, 078-05-1120, born 1 May 1970, ist krank, password: x8!kQ2",
    "４ ５３９ – café; my patient Ann takes metformin; IBAN DE89 3704 0044 0532 0130 00; 12 Oak Street",
    "ssn tax id passport license account card phone order number address policy member case four five",
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
        own = LinearPatternRecognizer("Ringfence", CATALOGUE)
        customers = [LinearPatternRecognizer("Customer", recognisers)] if recognisers else []
        self._patterns = PatternAnalyzer([own, *customers])
        self._seams = PatternAnalyzer([LinearPatternRecognizer("Seams", CATALOGUE, joined=True)])
        self.version = self._describe(recognisers)
        # What loads and compiles late does so now.
        self.scan(Question(_WARM_UP, frozenset(), None, 60.0))

    def scan(self, question: Question) -> list[tuple[int, str, int, int, float]]:
        """Returns (text number, entity type, start, end, score), sorted, each span once.

        Stops at a finding that settles the question. Raises OutOfTime.
        """
        found = _Found(question.settling)
        deadline = _Deadline(question.timeout_s * _TIME_SHARE)
        to_read: list[tuple[int, View]] = []
        for number, text in enumerate(question.texts):
            for _ in self._look(number, text, number in question.joined, to_read, deadline, found):
                if found.settled:
                    return found.spans()
        read = self._classifier.scan([view.text for _, view in to_read], deadline.check)
        for place, entity_type, start, end, score in read:
            number, view = to_read[place]
            found.add(number, entity_type, *view.locate(start, end), score)
        return found.spans()

    def _look(
        self,
        number: int,
        text: str,
        is_joined: bool,
        to_read: list[tuple[int, View]],
        deadline: _Deadline,
        found: _Found,
    ) -> Iterator[None]:
        """The cheap layers over one text; yields after each step. Adds what is to be read."""
        deadline.check()
        if is_joined:
            self._match(number, View("joined", text), self._seams, deadline, found)
            yield
            return
        looked_at = views(text)
        if not looked_at.complete:
            found.add(number, _UNREADABLE[BLOB], 0, len(text), 1.0)
            yield
        for view in looked_at:
            reason = None if view.kind in _SAME_SIGNS else illegible(view.text)
            if reason is not None:
                found.add(number, _UNREADABLE[reason], 0, len(text), 1.0)
                yield
            self._match(number, view, self._patterns, deadline, found)
            yield
            if view.kind not in _UNREAD_KINDS:
                to_read.append((number, view))

    def _match(
        self, number: int, view: View, patterns: PatternAnalyzer, deadline: _Deadline, found: _Found
    ) -> None:
        for offset, window in windows(view.text):
            deadline.check()
            for result in patterns.find(window):
                span = view.locate(offset + result.start, offset + result.end)
                found.add(number, result.entity_type, *span, float(result.score))

    def _describe(self, recognisers: Sequence[Pattern]) -> str:
        customers = [
            (pattern.name, pattern.entity_type, pattern.regex, pattern.score, pattern.context)
            for pattern in recognisers
        ]
        own = hashlib.sha256(json.dumps(customers).encode()).hexdigest()
        return (
            f"patterns/{catalogue_digest()[:12]} {self._classifier.version} "
            f"presidio-analyzer/{installed_version('presidio-analyzer')} "
            f"google-re2/{installed_version('google-re2')}"
            + (f" customer/{own[:12]}" if recognisers else "")
        )


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
