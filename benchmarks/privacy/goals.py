"""What detection is to reach, as data, and what a record says about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.privacy.record import (
    PRESIDIO,
    PRESIDIO_OUR_POLICY,
    RINGFENCE,
    Group,
    PrivacyRecord,
    Rate,
)
from benchmarks.privacy.sets import GENERATED


@dataclass(frozen=True, slots=True)
class Goal:
    """A recall is to be at least `target`, with its lower bound at `low` at least; a rate of false
    positives at most `target`.
    """

    name: str
    measure: str
    by: str
    group: str
    target: float
    low: float = 0.0
    generated: bool = True
    foreign: str = ""
    """Which other sets count: those whose name contains this; "*" is all, "" none."""


RECALLS = (
    Goal("structured identifiers", "requests", "category", "structured", 0.995, 0.99, foreign="*"),
    Goal("secrets", "requests", "category", "secret", 0.995, 0.99, foreign="*"),
    Goal("addresses", "requests", "category", "address", 0.98, foreign="*"),
    Goal("special categories", "requests", "category", "special", 0.95),
    Goal("person-only texts", "requests", "category", "person", 0.97, foreign="*"),
    Goal("several together", "requests", "category", "mixed", 0.995, foreign="*"),
)
FALSE_POSITIVES = (
    Goal("harmless prompts forced on-prem", "harmless", "all", "all", 0.05, foreign="prompt"),
    Goal("harmless code forced on-prem", "harmless", "shape", "code", 0.03),
    Goal(
        "harmless code forced on-prem", "harmless", "all", "all", 0.03, generated=False,
        foreign="code",
    ),
    Goal(
        "harmless texts of the other sets", "harmless", "all", "all", 0.05, generated=False,
        foreign="presidio",
    ),
    Goal("harmless 30-step agent runs forced on-prem", "harmless", "shape", "agent_run", 0.05),
)  # fmt: skip
EVASION_TARGET = 0.95
LATENCY_TARGETS_MS = {200: 8.0, 8_000: 250.0, 100_000: 3_000.0}
SEEN_TARGET_MS = 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """`undetermined` are those of ours that were forced for want of a judgement. Theirs is None
    where nothing was measured.
    """

    goal: str
    set_name: str
    target: str
    met: bool
    ours: Rate
    undetermined: int
    presidio: Rate | None
    presidio_our_policy: Rate | None


def goal_rows(record: PrivacyRecord) -> Iterator[Row]:
    """Recalls and false positives, one row for each goal and set that has such requests."""
    for goal in (*RECALLS, *FALSE_POSITIVES):
        for name in _sets(record, goal):
            group = record.find(RINGFENCE, name, goal.by, goal.group)
            ours = _rate(group, goal.measure)
            if group is None or ours is None:
                continue
            yield Row(
                goal=goal.name,
                set_name=name,
                target=_target(goal),
                met=_met(goal, ours),
                ours=ours,
                undetermined=(
                    group.undetermined
                    if goal.measure == "requests"
                    else group.harmless_undetermined
                ),
                presidio=_rate(record.find(PRESIDIO, name, goal.by, goal.group), goal.measure),
                presidio_our_policy=_rate(
                    record.find(PRESIDIO_OUR_POLICY, name, goal.by, goal.group), goal.measure
                ),
            )


def evasion_rows(record: PrivacyRecord) -> Iterator[Row]:
    families = sorted(
        g.group for g in record.groups if g.subject == RINGFENCE and g.by == "evasion"
    )
    for family in families:
        ours = record.find(RINGFENCE, GENERATED, "evasion", family)
        assert ours is not None
        yield Row(
            goal=family.replace("_", " "),
            set_name=GENERATED,
            target=f"≥ {EVASION_TARGET:.2f}".replace("0.", "."),
            met=(ours.requests.rate or 0.0) >= EVASION_TARGET,
            ours=ours.requests,
            undetermined=ours.undetermined,
            presidio=_rate(record.find(PRESIDIO, GENERATED, "evasion", family), "requests"),
            presidio_our_policy=_rate(
                record.find(PRESIDIO_OUR_POLICY, GENERATED, "evasion", family), "requests"
            ),
        )


def _sets(record: PrivacyRecord, goal: Goal) -> Iterator[str]:
    if goal.generated:
        yield GENERATED
    for workload in record.workloads:
        name = workload.set_name
        if name != GENERATED and goal.foreign and (goal.foreign == "*" or goal.foreign in name):
            yield name


def _rate(group: Group | None, measure: str) -> Rate | None:
    if group is None:
        return None
    rate = group.requests if measure == "requests" else group.harmless
    return rate if rate.n else None


def _met(goal: Goal, rate: Rate) -> bool:
    assert rate.rate is not None
    if goal.measure == "harmless":
        return rate.rate <= goal.target
    return rate.rate >= goal.target and rate.low >= goal.low


def _target(goal: Goal) -> str:
    sign = "≤" if goal.measure == "harmless" else "≥"
    bound = f", low ≥ {goal.low:g}" if goal.low else ""
    return f"{sign} {goal.target:g}{bound}".replace("0.", ".")
