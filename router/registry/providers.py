"""Who stands behind an external model: the firm, where it processes, what was signed with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from router.domain import DataClass


@dataclass(frozen=True, slots=True)
class Contract:
    """In force from `signed` to `expires`, both days included, for the classes it covers.

    `kind` is what the firm calls it: DPA, BAA, SCC. `expires` None is until it is ended.
    """

    kind: str
    signed: date
    expires: date | None
    covers: frozenset[DataClass]

    def is_in_force(self, day: date) -> bool:
        return self.signed <= day and (self.expires is None or day <= self.expires)


@dataclass(frozen=True, slots=True)
class Terms:
    """The provider's own terms, which whoever uses its service accepts; nothing is signed."""

    document: str
    accepted_by: str


@dataclass(frozen=True, slots=True)
class Provider:
    """None is not stated; an empty `sub_processors` says that there are none."""

    name: str
    legal_entity: str | None = None
    jurisdiction: str | None = None
    countries_of_processing: tuple[str, ...] | None = None
    sub_processors: tuple[str, ...] | None = None
    terms: Terms | None = None
    contracts: tuple[Contract, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a data class asks for before a model may see it; a class that is not named, nothing.

    `certifications` are asked of every model, `contracts` (their kinds) of external ones. A class
    for which no kind is asked still needs the provider's terms, or a contract that covers it.
    """

    certifications: Mapping[DataClass, frozenset[str]] = field(default_factory=dict)
    contracts: Mapping[DataClass, frozenset[str]] = field(
        default_factory=lambda: {DataClass.CONFIDENTIAL: frozenset({"DPA"})}
    )
