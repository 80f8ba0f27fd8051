"""The steps of a request's way, and when each began."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """In the order in which a request takes them; one that is refused goes from any to the last."""

    CLASSIFY = "classify"
    """Until the data class is known; what orders models is read meanwhile."""
    DECIDE = "decide"
    """The rest of that, and the decision."""
    RECORD = "record"
    """Making the decision durable."""
    DISPATCH = "dispatch"
    """Waiting for a place, trying and falling back, until a backend has begun its answer."""
    DELIVER = "deliver"
    """The rest of the answer."""
    CLOSE = "close"
    """Making the outcome durable."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A step begins; `at_s` is on the monotonic clock."""

    step: Step
    at_s: float


@dataclass(frozen=True, slots=True)
class TimedStep:
    step: Step
    began_s: float
    ended_s: float


def timed(marks: Sequence[Mark], ended_s: float) -> Iterator[TimedStep]:
    """Each step is over where the next one begins: there is one way, and no way back."""
    ends_s = [*(mark.at_s for mark in marks[1:]), ended_s]
    for mark, end_s in zip(marks, ends_s, strict=False):  # no marks, no steps
        yield TimedStep(mark.step, mark.at_s, end_s)
