"""The data class of a request; the one place where a failed detection becomes restricted (I2)."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from router.domain import Basis, Classification, DataClass, Finding, InferenceRequest, Principal
from router.errors import DetectionFailed
from router.privacy.extract import extract
from router.privacy.rules import DetectionRules
from router.privacy.scan_cache import CachingDetector, ScanCache
from router.protocols import Detector

_log = logging.getLogger(__name__)

NO_DETECTOR_VERSION = "unavailable"


@dataclass(frozen=True, slots=True)
class _Scan:
    """`complete` is False when there may be more than `findings`."""

    findings: tuple[Finding, ...]
    complete: bool
    detector_version: str


class Classifier:
    """Takes the highest of everything that is known about a request."""

    def __init__(self, detector: Detector, rules: DetectionRules) -> None:
        self._detector = detector
        self._rules = rules
        self._cache = ScanCache()

    async def classify(
        self,
        request: InferenceRequest,
        principal: Principal,
        inherited: DataClass | None,
        *,
        undetermined: bool = False,
    ) -> Classification:
        """Scans all text of `request` and returns the class with every basis that reaches it.

        `inherited` is what taint says (I9); `undetermined` says that taint itself could not be
        looked up. Never raises for a detector that fails: the request is restricted instead, and
        what was found up to then is kept.
        """
        rules = self._rules
        scan = await self._scan(request, principal)
        candidates = [
            (rules.default_class, Basis.DEFAULT),
            (
                max(principal.floor, rules.team_floors.get(principal.team, DataClass.PUBLIC)),
                Basis.KEY_FLOOR,
            ),
        ]
        if request.declared_class is not None:
            candidates.append((request.declared_class, Basis.DECLARED))
        if scan.findings:
            detected = max(rules.class_of(finding.entity_type) for finding in scan.findings)
            candidates.append((detected, Basis.DETECTED))
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
        )

    async def _scan(self, request: InferenceRequest, principal: Principal) -> _Scan:
        version = NO_DETECTOR_VERSION
        try:
            version = self._detector.version
            detector = CachingDetector(self._detector, self._cache, principal.team)
            extraction = extract(request.body, max_characters=self._rules.max_characters)
            findings = tuple(
                finding
                for finding in await detector.detect(extraction.segments)
                if not finding.score < self._rules.min_score
            )
        except Exception as error:  # whatever it is, nothing is known about the text
            # The type alone: a message could quote what was scanned (I6).
            level = logging.INFO if isinstance(error, DetectionFailed) else logging.ERROR
            _log.log(
                level, "request %s is undetermined: %s", request.request_id, type(error).__name__
            )
            return _Scan((), complete=False, detector_version=version)
        return _Scan(findings, complete=not extraction.unscannable, detector_version=version)
