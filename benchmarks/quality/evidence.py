"""A record of quality → evidence for a move of its model: what was found, and whether it is enough.

`router.lifecycle.evidence` reads it: a JSON object whose `model` is the version's key and, of an
evaluation, whose `passed` is true. Here `passed` follows from criteria that somebody named before,
each met by the lower bound of an interval, so that too few items pass nothing. Where nobody named
one, as may be of safety and bias, there is no `passed`: the second person judges. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from benchmarks.quality.drift import drift
from benchmarks.quality.record import Figure, QualityRecord
from router.domain import JsonObject
from router.lifecycle.requirements import EvidenceKind

SCHEMA_VERSION = 1
SUITES_OF: Mapping[EvidenceKind, str] = {
    EvidenceKind.EVALUATION: "task",
    EvidenceKind.SAFETY: "safety",
    EvidenceKind.BIAS: "bias",
}
"""The kind of suites that an evidence is of."""


class Rule(StrEnum):
    """`floor`: the mean score is so high at least. `not_worse`: its difference to another model's
    on the same items is.
    """

    FLOOR = "floor"
    NOT_WORSE = "not_worse"


@dataclass(frozen=True, slots=True)
class Criterion:
    """`mean` and `low` are of what the rule is about. `low` is the lower end of the record's 95%
    interval for a floor, and a bound of 95% by itself for a difference.
    """

    rule: Rule
    suite: str
    at_least: float
    items: int
    mean: float
    low: float

    @property
    def is_met(self) -> bool:
        return self.low >= self.at_least


def floors(record: QualityRecord, said: Mapping[str, float]) -> list[Criterion]:
    """By suite, the least that its mean has to be. Raises ValueError for one that is not there."""
    unknown = sorted(set(said) - set(record.by_suite))
    if unknown:
        known = ", ".join(record.by_suite) or "none"
        raise ValueError(f"the record has no suite {unknown[0]}: it has {known}")
    return [
        Criterion(Rule.FLOOR, suite, at_least, figure.items, figure.mean, figure.low)
        for suite, at_least in said.items()
        if (figure := record.by_suite[suite])
    ]


def not_worse(record: QualityRecord, than: QualityRecord, margin: float) -> list[Criterion]:
    """Of each suite of kind `task`, by the items that both answered (`gate.noninferiority`).

    All of them have to be met, so that none needs a correction for the others: an intersection-
    union test (Berger, 1982). Raises ValueError where a suite has no counterpart.
    """
    found = {each.suite: each for each in drift(than, record)}
    tasks = [suite.name for suite in record.suites if suite.kind == "task"]
    alone = sorted(set(tasks) - set(found))
    if alone:
        raise ValueError(
            f"{than.id} has no answers to the same items of {', '.join(alone)}: measure both "
            "models on the same suites"
        )
    return [
        Criterion(
            Rule.NOT_WORSE,
            suite,
            -margin,
            found[suite].items,
            found[suite].change.mean,
            found[suite].change.low,
        )
        for suite in tasks
    ]


@dataclass(frozen=True, slots=True)
class Shown:
    """One file of evidence. `criteria` are of its suites; `unjudged` has those that none is of."""

    kind: EvidenceKind
    criteria: tuple[Criterion, ...]
    unjudged: Mapping[str, Figure]
    content: JsonObject = field(repr=False)

    @property
    def passed(self) -> bool | None:
        """None where nobody said by what."""
        return all(each.is_met for each in self.criteria) if self.criteria else None


def evidence_of(
    record: QualityRecord, sha256: str, kind: EvidenceKind, criteria: Sequence[Criterion]
) -> Shown | None:
    """What the record shows of its model; None where it has no suite of that kind.

    `sha256` is that of the record's file. Of `criteria` those count that are of the kind's suites.
    Raises ValueError for a record of a tier.
    """
    if record.model is None:
        raise ValueError(
            f"{record.id} was asked of {record.choice}, and whoever answered: evidence is of one "
            "version, so name it with --choice ID@VERSION"
        )
    suites = [suite for suite in record.suites if suite.kind == SUITES_OF[kind]]
    if not suites:
        return None
    names = {suite.name for suite in suites}
    own = tuple(each for each in criteria if each.suite in names)
    judged = {each.suite for each in own}
    figures = {name: record.by_suite[name] for name in record.by_suite if name in names}
    content: JsonObject = {
        "schema": SCHEMA_VERSION,
        "kind": kind.value,
        "model": record.model.key,
        "weights_digest": record.model.weights_digest,
        "record": {
            "id": record.id,
            "sha256": sha256,
            "made_at": record.made_at.isoformat(),
            "policy_digest": record.policy_digest,
            "uncommitted_changes": record.uncommitted_changes,
        },
        "suites": [
            {"name": suite.name, "digest": suite.digest}
            | ({} if suite.name not in figures else figures[suite.name].model_dump(mode="json"))
            for suite in suites
        ],
        "left_out": [each.name for each in record.left_out if each.kind == SUITES_OF[kind]],
        "criteria": [asdict(each) | {"is_met": each.is_met} for each in own],
    }
    if kind is EvidenceKind.BIAS:
        content["flips"] = [each.model_dump(mode="json") for each in record.flips]
        content["bbq"] = [each.model_dump(mode="json") for each in record.bbq]
    unjudged = {name: figure for name, figure in figures.items() if name not in judged}
    shown = Shown(kind, own, unjudged, content)
    if shown.passed is not None:
        content["passed"] = shown.passed
    return shown
