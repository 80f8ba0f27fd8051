"""Whose words arrived: arrivals at external providers, told apart by what is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.leak.arrivals import Arrival
from benchmarks.leak.canary import find_canaries
from benchmarks.leak.load import Asked

MIN_IDENTIFIER_CHARACTERS = 6
"""Shorter ones stand in too many texts to say whose they are."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """`numbers` are the requests of which something arrived; empty for what is nobody's."""

    provider: str
    numbers: frozenset[int]
    complete: bool
    has_body: bool

    @property
    def sender(self) -> int | None:
        """The request that was being served: of a conversation, its last."""
        return max(self.numbers, default=None)


def sight(arrival: Arrival, owners: Mapping[str, int]) -> Sighting:
    """`owners` says whose each canary is."""
    numbers = frozenset(owners[found] for found in find_canaries(arrival.text) if found in owners)
    return Sighting(arrival.provider, numbers, arrival.complete, arrival.has_body)


def sight_by_identifiers(arrival: Arrival, asked: Sequence[Asked]) -> Sighting:
    """For an arrival without a canary: everybody whose identifiers stand in it."""
    numbers = frozenset(
        one.planned.number
        for one in asked
        if any(
            len(identifier) >= MIN_IDENTIFIER_CHARACTERS and identifier in arrival.text
            for identifier in one.identifiers
        )
    )
    return Sighting(arrival.provider, numbers, arrival.complete, arrival.has_body)
