"""What is asked of an endpoint: how long, how many, and how they arrive."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Layer(StrEnum):
    """What the load passes through; each has the one before it inside."""

    ENGINE = "engine"
    SERVE = "serve"
    GATEWAY = "gateway"


class Kind(StrEnum):
    """`unloaded`: one conversation again and again, one request at a time, so that everything has
    been seen before. `prefill`: answers of one token. `decode`: prompts of a few. `offline`: all at
    once. `closed`: so many at a time. `open`: as a Poisson process, whether the others are done or
    not.
    """

    UNLOADED = "unloaded"
    PREFILL = "prefill"
    DECODE = "decode"
    OFFLINE = "offline"
    CLOSED = "closed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Lengths:
    """Tokens of prompts and of answers: exactly so many or, for a mix, so many on average."""

    isl: int
    osl: int
    is_mix: bool = False

    def __post_init__(self) -> None:
        if min(self.isl, self.osl) < 1:
            raise ValueError("prompts and answers have a token at least")

    def __str__(self) -> str:
        return f"chat {self.isl}/{self.osl}" if self.is_mix else f"{self.isl}/{self.osl}"

    @property
    def longest(self) -> int:
        """Tokens of the longest request: a mix is drawn up to three times its means."""
        return (self.isl + self.osl) * (MIX_LONGEST if self.is_mix else 1)


MIX_LONGEST = 3


@dataclass(frozen=True, slots=True)
class Scenario:
    """`waves` is how often all of the engine's slots are filled (one slot for `unloaded`), and no
    fewer than `min_requests` are sent. `load` is of an open loop: the share of the requests a
    second that the same lengths reached offline, at the first layer that was measured.
    """

    kind: Kind
    lengths: Lengths
    layers: frozenset[Layer]
    repeats: int
    waves: float = 1.0
    min_requests: int = 1
    concurrency: int | None = None
    load: float | None = None

    def __post_init__(self) -> None:
        if (self.concurrency is not None) != (self.kind in (Kind.CLOSED, Kind.UNLOADED)):
            raise ValueError("a concurrency belongs to a closed loop, and to nothing else")
        if (self.load is not None) != (self.kind is Kind.OPEN):
            raise ValueError("a load belongs to an open loop, and to nothing else")
        if self.repeats < 1 or self.min_requests < 1 or self.waves <= 0:
            raise ValueError("repeats, requests and waves are above 0")

    @property
    def name(self) -> str:
        """The same for the same scenario in any run: what runs are compared by."""
        match self.kind:
            case Kind.CLOSED:
                return f"closed-{self.concurrency} {self.lengths}"
            case Kind.OPEN:
                return f"open-{self.load:g} {self.lengths}"
        return f"{self.kind} {self.lengths}"

    def requests(self, slots: int) -> int:
        """How many, on an engine that runs `slots` sequences at a time."""
        at_a_time = slots if self.concurrency is None else self.concurrency
        return max(self.min_requests, round(self.waves * at_a_time))
