"""Who asks for what: a quiet team at its own pace, alone or beside a flood."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

PRIVATE, FAST = "private", "fast"


class Scenario(StrEnum):
    """`calm` is what the others are compared with."""

    CALM = "calm"
    PRIVATE_FLOOD = "private_flood"
    FAST_FLOOD = "fast_flood"

    @property
    def flooded(self) -> str | None:
        """What the flood asks for."""
        return {Scenario.PRIVATE_FLOOD: PRIVATE, Scenario.FAST_FLOOD: FAST}.get(self)


@dataclass(frozen=True, slots=True)
class Workload:
    """`quiet_rps` requests a second of one team, evenly; `clients` of another ask without a pause.

    A client of the flood that is turned away waits as long as it is told to. Every scenario is run
    `repeats` times, in turn, for `seconds`, after `warm_up_s` that do not count.
    """

    quiet_rps: float = 2.0
    clients: int = 64
    seconds: float = 35.0
    warm_up_s: float = 5.0
    repeats: int = 3


def body(choice: str) -> dict[str, Any]:
    """The same for everybody: what differs is who asks, and for what."""
    return {
        "model": choice,
        "messages": [{"role": "user", "content": "Name three rivers of Europe."}],
        "max_tokens": 16,
    }
