"""The compliance matrix: which model may see which data class on a day, or every reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from router.domain import DataClass
from router.registry.registry import RegisteredModel, Registry
from router.registry.validity import Narrowing, narrowings

CLASS_NOT_APPROVED = "class_not_approved"
RESIDENCY = "residency"
Residency: TypeAlias = Mapping[DataClass, frozenset[str]]
"""Where the policy lets each class be processed."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`reasons` are codes with what they are about, such as `contract: DPA since 2027-02-01`."""

    model: str
    data_class: DataClass
    reasons: tuple[str, ...]

    @property
    def is_allowed(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A model with its certifications, each with its last day, and a cell for every class."""

    model: str
    location: str
    residency: tuple[str, ...]
    lifecycle: str
    certifications: tuple[str, ...]
    cells: tuple[Cell, ...]


def compliance_matrix(registry: Registry, residency: Residency, day: date) -> tuple[MatrixRow, ...]:
    """A row for every model of the registry as written, in its order. Pure.

    What a cell allows, a team may still not: that is the policy's `external_use`, tiers and routes.
    """
    found = narrowings(registry, day)
    return tuple(
        _row(key, entry, residency, [n for n in found if n.model == key])
        for key, entry in registry.entries.items()
    )


def _row(
    key: str, entry: RegisteredModel, residency: Residency, found: list[Narrowing]
) -> MatrixRow:
    spec, card = entry.spec, entry.card
    return MatrixRow(
        model=key,
        location=spec.location.value,
        residency=tuple(sorted(spec.residency)),
        lifecycle=card.lifecycle.state.value,
        certifications=tuple(f"{c.name} until {c.expires}" for c in card.certifications),
        cells=tuple(
            Cell(key, data_class, _reasons(entry, data_class, residency, found))
            for data_class in DataClass
        ),
    )


def _reasons(
    entry: RegisteredModel, data_class: DataClass, residency: Residency, found: list[Narrowing]
) -> tuple[str, ...]:
    reasons = []
    if data_class not in entry.spec.approved:
        reasons.append(CLASS_NOT_APPROVED)
    outside = sorted(entry.spec.residency - residency.get(data_class, frozenset()))
    if outside:
        reasons.append(f"{RESIDENCY}: {', '.join(outside)}")
    for narrowing in found:
        if narrowing.data_class is data_class:
            since = "" if narrowing.since is None else f" since {narrowing.since}"
            reasons.append(f"{narrowing.code}: {narrowing.what}{since}")
    return tuple(dict.fromkeys(reasons))
