"""Evidence → the figures of a record. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from benchmarks.leak.count import (
    Evidence,
    LeakKind,
    arrived_outside,
    detection_leaks,
    enforcement_leaks,
    unrecorded_answers,
)
from benchmarks.leak.load import Asked
from benchmarks.leak.record import Detection, Enforcement, Harmless, LeakEntry
from benchmarks.privacy.record import Rate
from router.domain import Basis, DataClass

ALL = "all"


@dataclass(frozen=True, slots=True)
class Tally:
    enforcement: Enforcement
    detection: tuple[Detection, ...]
    harmless: Harmless
    undetermined: int
    data_classes: dict[str, int]
    endings: dict[str, int]
    unrecorded_answers: int
    arrivals: dict[str, int]
    detector_versions: tuple[str, ...]
    policy_digests: tuple[str, ...]


def tally(evidence: Evidence) -> Tally:
    records = evidence.records.values()
    return Tally(
        enforcement=_enforcement(evidence),
        detection=_detection(evidence),
        harmless=_harmless(evidence),
        undetermined=sum(record.is_undetermined for record in records),
        data_classes=_sorted(Counter(record.data_class.label for record in records)),
        endings=_sorted(Counter(asked.seen.ending for asked in evidence.asked.values())),
        unrecorded_answers=len(unrecorded_answers(evidence)),
        arrivals=_sorted(Counter(sighting.provider for sighting in evidence.sightings)),
        detector_versions=tuple(sorted({record.detector_version for record in records})),
        policy_digests=tuple(sorted({record.policy_digest for record in records})),
    )


def _enforcement(evidence: Evidence) -> Enforcement:
    leaks = enforcement_leaks(evidence)
    staying = {n: reasons for n in evidence.asked if (reasons := evidence.reasons_to_stay(n))}
    leaked = {leak.number for leak in leaks} & staying.keys()
    had_to_stay = Counter(reason for reasons in staying.values() for reason in reasons)
    by_kind = Counter(leak.kind for leak in leaks)
    return Enforcement(
        leaks=Rate.of(len(leaked), len(staying)),
        had_to_stay={kind: had_to_stay[kind] for kind in LeakKind if had_to_stay[kind]},
        by_kind={kind: by_kind[kind] for kind in LeakKind},
        entries=tuple(
            LeakEntry(
                number=leak.number,
                kind=leak.kind,
                provider=leak.provider,
                request_id=leak.request_id,
            )
            for leak in leaks
        ),
    )


def _detection(evidence: Evidence) -> tuple[Detection, ...]:
    labelled = [
        asked
        for number, asked in evidence.asked.items()
        if asked.identifiers and number in evidence.records
    ]
    leaked = detection_leaks(evidence)
    found: list[Detection] = []
    for category in (ALL, *sorted({asked.category for asked in labelled})):
        group = [asked for asked in labelled if category in (ALL, asked.category)]
        judged = [asked for asked in group if _judged(evidence, asked)]
        hits = sum(asked.planned.number in leaked for asked in group)
        missed = sum(not _kept(evidence, asked) for asked in judged)
        found.append(
            Detection(
                category=category,
                leaks=Rate.of(hits, len(group)),
                missed=Rate.of(missed, len(judged)),
            )
        )
    return tuple(found)


def _harmless(evidence: Evidence) -> Harmless:
    harmless = [
        asked
        for number, asked in evidence.asked.items()
        if not asked.identifiers and number in evidence.records and not _bound(asked)
    ]
    outside = arrived_outside(evidence.sightings)
    judged = [asked for asked in harmless if _judged(evidence, asked)]
    return Harmless(
        outside=Rate.of(sum(a.planned.number in outside for a in harmless), len(harmless)),
        forced=Rate.of(sum(_kept(evidence, asked) for asked in judged), len(judged)),
        undetermined=len(harmless) - len(judged),
    )


def _bound(asked: Asked) -> bool:
    return asked.planned.has_to_stay or asked.sticks


def _judged(evidence: Evidence, asked: Asked) -> bool:
    """Whether a working detector alone decided about it: nobody else, and not a team's floor."""
    record = evidence.records[asked.planned.number]
    if _bound(asked) or record.is_undetermined:
        return False
    return not _kept(evidence, asked) or Basis.DETECTED in record.basis


def _kept(evidence: Evidence, asked: Asked) -> bool:
    return evidence.records[asked.planned.number].data_class >= DataClass.CONFIDENTIAL


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
