"""What findings make of a request, alone, together, and under its team's exceptions. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from router.domain import DataClass, Finding, Segment
from router.privacy.exceptions import LiveExceptions
from router.privacy.rules import DetectionRules


@dataclass(frozen=True, slots=True)
class Assessment:
    """`data_class` is None for no findings. `exceptions` are the ids of those that covered one.

    `cause` has the types without which nothing found would lift a request above the default class:
    those that do alone, those that do together, and those that do although they are excepted.
    """

    data_class: DataClass | None
    exceptions: tuple[str, ...]
    cause: frozenset[str]


def assess(
    findings: Sequence[Finding],
    segments: Sequence[Segment],
    rules: DetectionRules,
    exceptions: LiveExceptions,
) -> Assessment:
    """`segments` are those that the findings number.

    A finding that an exception covers counts by itself, as what it is lowered to, and takes no part
    in a combination. The same type found elsewhere counts in full.
    """
    in_full: set[str] = set()
    lowered: dict[str, DataClass] = {}
    applied: set[str] = set()
    for finding in findings:
        entity_type = finding.entity_type
        known = 0 <= finding.segment < len(segments)
        segment = segments[finding.segment] if known else None
        less = exceptions.lowered(entity_type, segment, rules.class_of(entity_type))
        if less is None:
            in_full.add(entity_type)
        else:
            lowered[entity_type] = max(less.data_class, lowered.get(entity_type, DataClass.PUBLIC))
            applied.update(less.exceptions)
    classes = list(lowered.values())
    together = rules.class_of_all(in_full)
    if together is not None:
        classes.append(together)
    return Assessment(
        data_class=max(classes, default=None),
        exceptions=tuple(sorted(applied)),
        cause=_cause(frozenset(in_full), lowered, rules),
    )


def _cause(
    in_full: frozenset[str], lowered: dict[str, DataClass], rules: DetectionRules
) -> frozenset[str]:
    default = rules.default_class
    alone = {each for each in in_full if rules.class_of(each) > default}
    still = {each for each, data_class in lowered.items() if data_class > default}
    together = (
        combination.entity_types
        for combination in rules.combinations
        if combination.entity_types <= in_full and combination.data_class > default
    )
    return frozenset(alone | still).union(*together)
