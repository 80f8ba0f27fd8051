"""What the policy says about classification. Built by router/policy out of policy.yaml."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from router.domain import DataClass, Principal
from router.privacy.exceptions import PolicyException
from router.privacy.recognisers.pattern import Pattern
from router.protocols import Settling

UNREADABLE = frozenset({"UNREADABLE_BLOB", "UNSUPPORTED_SCRIPT"})
"""What a detector says of text that nobody can judge: no type that a policy could decide about, but
the absence of a judgement (I2)."""


@dataclass(frozen=True, slots=True)
class Combination:
    """Entity types that mean `data_class` where all of them are in one request."""

    entity_types: frozenset[str]
    data_class: DataClass


@dataclass(frozen=True, slots=True)
class DetectionRules:
    """`min_score` is in [0, 1]; `max_characters` bounds all segments of one request together.

    `find_all` wants every finding; else a scan may stop where the class is settled. `recognisers`
    are the customer's own patterns.
    """

    default_class: DataClass
    team_floors: Mapping[str, DataClass]
    entity_classes: Mapping[str, DataClass]
    min_score: float
    max_characters: int
    combinations: tuple[Combination, ...] = ()
    find_all: bool = False
    recognisers: tuple[Pattern, ...] = ()
    exceptions: tuple[PolicyException, ...] = ()
    purpose_floors: Mapping[str, DataClass] = field(default_factory=dict)

    def floor_of(self, principal: Principal) -> DataClass:
        """The highest of what the key, its team and its purpose say: floors only ever raise."""
        return max(
            principal.floor,
            self.team_floors.get(principal.team, DataClass.PUBLIC),
            self.purpose_floors.get(principal.purpose, DataClass.PUBLIC),
        )

    def class_of(self, entity_type: str) -> DataClass:
        """A type that the policy does not name is restricted: nobody has decided about it."""
        if entity_type in UNREADABLE:
            return DataClass.RESTRICTED
        return self.entity_classes.get(entity_type, DataClass.RESTRICTED)

    def class_of_all(self, entity_types: Collection[str]) -> DataClass | None:
        """What these types mean, alone and together; None for none."""
        found = frozenset(entity_types)
        classes = [self.class_of(entity_type) for entity_type in found]
        classes += [
            combination.data_class
            for combination in self.combinations
            if combination.entity_types <= found
        ]
        return max(classes, default=None)

    @property
    def settling(self) -> Settling | None:
        """The findings above which no other can raise a request; None if all are wanted."""
        if self.find_all:
            return None
        restricted = {
            entity_type
            for entity_type, data_class in self.entity_classes.items()
            if data_class is DataClass.RESTRICTED
        }
        return Settling(UNREADABLE | restricted, self.min_score)
