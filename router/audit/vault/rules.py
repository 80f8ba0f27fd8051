"""What the vault keeps, for how long, and for which purposes it must."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from router.domain import DataClass

SECONDS_PER_DAY = 86_400


class Part(StrEnum):
    """The two texts of a record."""

    INPUT = "input"
    OUTPUT = "output"


class Keep(StrEnum):
    """Which of them are kept."""

    NONE = "none"
    INPUT = "input"
    OUTPUT = "output"
    BOTH = "both"

    def covers(self, part: Part) -> bool:
        return self is Keep.BOTH or self.value == part.value


class KeyPer(StrEnum):
    """Whose texts share a key: a subject's of a team, or all of a team's."""

    SUBJECT = "subject"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class ClassRules:
    """Of one data class. `max_days` is None where nothing is kept, and so nothing has to go."""

    keep: Keep = Keep.NONE
    min_days: int = 0
    max_days: int | None = None


@dataclass(frozen=True, slots=True)
class VaultRules:
    """A class that is not in `classes` keeps nothing, unless the purpose is a regulated one."""

    classes: Mapping[DataClass, ClassRules] = field(default_factory=dict)
    regulated_purposes: frozenset[str] = frozenset()
    key_per: KeyPer = KeyPer.SUBJECT

    def of(self, data_class: DataClass) -> ClassRules:
        return self.classes.get(data_class, ClassRules())

    def keep(self, data_class: DataClass, purpose: str) -> Keep:
        """What is kept of a request: both texts where its purpose is regulated."""
        return Keep.BOTH if purpose in self.regulated_purposes else self.of(data_class).keep

    def min_s(self, data_class: DataClass) -> float:
        """How long no text of the class goes, whoever asks."""
        return self.of(data_class).min_days * SECONDS_PER_DAY

    def max_s(self, data_class: DataClass) -> float | None:
        """After how long every text of the class goes that no hold covers."""
        days = self.of(data_class).max_days
        return None if days is None else days * SECONDS_PER_DAY
