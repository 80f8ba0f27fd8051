"""As what kinds of requests the items are asked: an item has no class, no team and no choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

from router.domain import GENERAL_PURPOSE, DataClass
from router.gate.rules import CriticalSlice
from router.policy.kinds import DEFAULT_TEAM, Kind
from router.policy.policy import CHOICES


@dataclass(frozen=True, slots=True)
class Asked:
    """A kind of requests and its share of all of them."""

    kind: Kind
    share: float


def every_kind() -> tuple[Asked, ...]:
    """Each class with each choice, alike: what is judged where nobody says what is asked."""
    kinds = [
        Kind(found=data_class, choice=choice, team=DEFAULT_TEAM, purpose=GENERAL_PURPOSE)
        for data_class, choice in product(DataClass, CHOICES)
    ]
    return _shared(Counter(kinds))


def of_traffic(kinds: Iterable[Kind]) -> tuple[Asked, ...]:
    """Kinds as often as they were asked."""
    return _shared(Counter(kinds))


def in_slice(asked: Iterable[Asked], critical: CriticalSlice) -> tuple[Asked, ...]:
    """What is asked, as the slice would have it: what it names takes the place of what was said."""
    shares: dict[Kind, float] = {}
    for each in asked:
        kind = _overlaid(each.kind, critical)
        shares[kind] = shares.get(kind, 0.0) + each.share
    return tuple(Asked(kind, share) for kind, share in shares.items())


def _overlaid(kind: Kind, critical: CriticalSlice) -> Kind:
    if critical.data_class is not None:
        kind = replace(kind, found=critical.data_class, entity_types=frozenset())
    if critical.choice is not None:
        kind = replace(kind, choice=critical.choice)
    if critical.stakes is not None:
        kind = replace(kind, stakes=critical.stakes)
    if critical.team is not None:
        kind = replace(kind, team=critical.team)
    if critical.purpose is not None:
        kind = replace(kind, purpose=critical.purpose)
    return kind


def _shared(counts: Counter[Kind]) -> tuple[Asked, ...]:
    total = counts.total()
    return tuple(Asked(kind, count / total) for kind, count in counts.items())
