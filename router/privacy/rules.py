"""What the policy says about classification. Built by router/policy out of policy.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from router.domain import DataClass


@dataclass(frozen=True, slots=True)
class DetectionRules:
    """`min_score` is in [0, 1]; `max_characters` bounds all segments of one request together."""

    default_class: DataClass
    team_floors: Mapping[str, DataClass]
    entity_classes: Mapping[str, DataClass]
    min_score: float
    max_characters: int

    def class_of(self, entity_type: str) -> DataClass:
        """A type that the policy does not name is restricted: nobody has decided about it."""
        return self.entity_classes.get(entity_type, DataClass.RESTRICTED)
