"""What will narrow the registry soon, and reviews that are due: warnings, with line and cure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from router.config.yaml_document import KeyPath, YamlDocument
from router.errors import ConfigProblem
from router.registry.card import LifecycleState
from router.registry.registry import Registry
from router.registry.upgrade import missing

WITHIN_DAYS = 30

CERTIFICATION = "certification"
CONTRACT = "contract"
REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Expiring:
    """`of` is a model's key or a provider's name; `expires` the last day; `index` its place there.

    `is_over` where that day is past.
    """

    code: str
    of: str
    what: str
    expires: date
    is_over: bool
    index: int = 0

    def __str__(self) -> str:
        match self.code, self.is_over:
            case "review", True:
                return f"the review of {self.of} was due on {self.expires}"
            case "review", False:
                return f"the review of {self.of} is due on {self.expires}"
            case _, True:
                return f"the {self.what} of {self.of} expired on {self.expires}"
            case _:
                return f"the {self.what} of {self.of} expires on {self.expires}"


def expiring(registry: Registry, day: date, within_days: int = WITHIN_DAYS) -> tuple[Expiring, ...]:
    """What expires up to `within_days` after `day`, or has; nothing of models that are retired.

    A contract that another of its kind follows, or a certification that is not asked for, is named
    all the same: the file should say what holds.
    """
    last = day + timedelta(days=within_days)
    return tuple(found for found in _dates(registry, day) if found.expires <= last)


def warnings(registry: Registry, document: YamlDocument, day: date) -> Iterator[ConfigProblem]:
    """What does no harm today, of the document that `registry` was built from."""
    yield from missing(document)
    keys = list(registry.entries)
    for found in expiring(registry, day):
        match found.code:
            case "contract":
                path: KeyPath = ("providers", found.of, "contracts", found.index)
                cure = "sign its successor and add it; what it covers is refused from the day after"
            case "certification":
                path = ("models", keys.index(found.of), "certifications", found.index)
                cure = (
                    "renew it and write its new day; what asks for it is refused from the day after"
                )
            case _:
                path = ("models", keys.index(found.of), "next_review")
                cure = "review the model, and write the day of its next review"
        yield document.problem(path, str(found), cure)


def _dates(registry: Registry, day: date) -> Iterator[Expiring]:
    for key, entry in registry.entries.items():
        card = entry.card
        if card.lifecycle.state is LifecycleState.RETIRED:
            continue
        for index, held in enumerate(card.certifications):
            over = held.expires < day
            yield Expiring(CERTIFICATION, key, held.name, held.expires, over, index)
        if card.next_review is not None:
            over = card.next_review < day
            yield Expiring(REVIEW, key, REVIEW, card.next_review, over)
    for name, provider in registry.providers.items():
        for index, contract in enumerate(provider.contracts):
            if contract.expires is not None:
                over = contract.expires < day
                yield Expiring(CONTRACT, name, contract.kind, contract.expires, over, index)
