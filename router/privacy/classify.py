"""The data class of a request; the one place where a failed detection becomes restricted (I2)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from router.clock import SystemClock
from router.domain import (
    Basis,
    Classification,
    DataClass,
    Finding,
    InferenceRequest,
    JsonObject,
    Principal,
    Segment,
)
from router.errors import DetectionFailed
from router.long_bodies import out_of_the_way
from router.privacy.assess import assess
from router.privacy.exceptions import LiveExceptions, live
from router.privacy.extract import Extraction, extract
from router.privacy.rules import UNREADABLE, DetectionRules
from router.privacy.scan_cache import CachingDetector, ScanCache
from router.privacy.seams import Seam, seams
from router.protocols import Clock, Detector, Settling

_log = logging.getLogger(__name__)

NO_DETECTOR_VERSION = "unavailable"


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found in the text of a request, under the exceptions that its team had then.

    `complete` is False when there may be more than `findings`, though nobody wanted less.
    `settled` is True when the scan may have stopped because more could not raise the class.
    """

    exceptions: LiveExceptions
    findings: tuple[Finding, ...]
    complete: bool
    detector_version: str
    segments: tuple[Segment, ...] = ()
    settled: bool = False


class Classifier:
    """Takes the highest of everything that is known about a request."""

    def __init__(
        self, detector: Detector, rules: DetectionRules, clock: Clock | None = None
    ) -> None:
        self._detector = detector
        self._rules = rules
        self._clock = clock or SystemClock()
        self._cache = ScanCache()

    async def classify(
        self,
        request: InferenceRequest,
        principal: Principal,
        inherited: DataClass | None,
        *,
        undetermined: bool = False,
        inherited_cause: frozenset[str] | None = None,
        inherited_under: tuple[str, ...] = (),
    ) -> Classification:
        """`scan`, and what follows from it: see `conclude`."""
        return self.conclude(
            request,
            principal,
            await self.scan(request, principal),
            inherited,
            undetermined=undetermined,
            inherited_cause=inherited_cause,
            inherited_under=inherited_under,
        )

    async def scan(self, request: InferenceRequest, principal: Principal) -> Scan:
        """Looks at all text of `request`.

        Never raises for a detector that fails: the scan is not complete then.
        """
        exceptions = live(self._rules.exceptions, principal.team, self._clock.now_s())
        version = NO_DETECTOR_VERSION
        try:
            version = self._detector.version
            detector = CachingDetector(self._detector, self._cache, principal.team)
            extraction, met = await out_of_the_way(request.body, self._texts, request.body)
            settling = _settling(self._rules, exceptions)
            found = await _detect(detector, extraction.segments, met, settling)
        except Exception as error:  # whatever it is, nothing is known about the text
            # The type alone: a message could quote what was scanned (I6).
            level = logging.INFO if isinstance(error, DetectionFailed) else logging.ERROR
            _log.log(
                level, "request %s is undetermined: %s", request.request_id, type(error).__name__
            )
            return Scan(exceptions, (), complete=False, detector_version=version)
        believed = [finding for finding in found if not finding.score < self._rules.min_score]
        return Scan(
            exceptions=exceptions,
            findings=tuple(f for f in believed if f.entity_type not in UNREADABLE),
            complete=not extraction.unscannable
            and not any(finding.entity_type in UNREADABLE for finding in believed),
            detector_version=version,
            segments=extraction.segments,
            settled=settling is not None and any(map(settling.settles, found)),
        )

    def conclude(
        self,
        request: InferenceRequest,
        principal: Principal,
        scan: Scan,
        inherited: DataClass | None,
        *,
        undetermined: bool = False,
        inherited_cause: frozenset[str] | None = None,
        inherited_under: tuple[str, ...] = (),
    ) -> Classification:
        """The class with every basis that reaches it. Pure.

        `inherited` is what taint says (I9), `inherited_cause` what that is due to, and
        `inherited_under` the exceptions that lowered it; `undetermined` says that taint itself
        could not be looked up. Nothing but the team's live exceptions lowers anything. After a scan
        that is not complete the request is restricted, and what was found is kept.
        """
        rules = self._rules
        candidates = [
            (rules.default_class, Basis.DEFAULT),
            (rules.floor_of(principal), Basis.KEY_FLOOR),
        ]
        if request.declared_class is not None:
            candidates.append((request.declared_class, Basis.DECLARED))
        found = assess(scan.findings, scan.segments, rules, scan.exceptions)
        if found.data_class is not None:
            candidates.append((found.data_class, Basis.DETECTED))
        if inherited is not None:
            candidates.append((inherited, Basis.INHERITED))
        if undetermined or not scan.complete:
            candidates.append((DataClass.RESTRICTED, Basis.UNDETERMINED))
        data_class = max(candidate for candidate, _ in candidates)
        return Classification(
            data_class=data_class,
            basis=tuple(basis for candidate, basis in candidates if candidate == data_class),
            findings=scan.findings,
            detector_version=scan.detector_version,
            exceptions=tuple(sorted({*found.exceptions, *inherited_under})),
            cause=None if scan.settled else _cause(candidates, found.cause, inherited_cause),
        )

    def _texts(self, body: JsonObject) -> tuple[Extraction, tuple[Seam, ...]]:
        """Raises TextTooLong for more than the policy lets a scan take."""
        extraction = extract(body, max_characters=self._rules.max_characters)
        return extraction, seams(extraction.segments)


def _settling(rules: DetectionRules, exceptions: LiveExceptions) -> Settling | None:
    """What an exception could lower settles nothing."""
    settling = rules.settling
    if settling is None:
        return None
    return Settling(settling.entity_types - exceptions.entity_types, settling.min_score)


def _cause(
    candidates: Sequence[tuple[DataClass, Basis]],
    found: frozenset[str],
    inherited: frozenset[str] | None,
) -> frozenset[str] | None:
    """What was found, and what the inheritance is due to, if nothing else is above the default."""
    default = next(candidate for candidate, basis in candidates if basis is Basis.DEFAULT)
    explained = {Basis.DEFAULT, Basis.DETECTED}
    if inherited is not None:
        explained.add(Basis.INHERITED)
    if any(candidate > default and basis not in explained for candidate, basis in candidates):
        return None
    return found | (inherited or frozenset()) or None


async def _detect(
    detector: Detector,
    segments: tuple[Segment, ...],
    met: tuple[Seam, ...],
    settling: Settling | None,
) -> list[Finding]:
    """What is found in each segment, and where two of them meet."""
    found = await detector.detect((*segments, *(seam.joined for seam in met)), settling)
    findings = [finding for finding in found if finding.segment < len(segments)]
    for finding in found:
        if finding.segment >= len(segments):
            findings.extend(met[finding.segment - len(segments)].locate(finding))
    return findings
