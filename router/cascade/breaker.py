"""A circuit breaker for each model: what keeps failing is left alone for a while, then probed."""

from __future__ import annotations

from enum import StrEnum

from router.policy.policy import BreakerRules
from router.protocols import Clock


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Not thread-safe: one event loop asks it and tells it."""

    def __init__(self, rules: BreakerRules, clock: Clock) -> None:
        self._rules = rules
        self._clock = clock
        self._failures = 0
        self._opened_at_s: float | None = None
        self._probing = False

    @property
    def state(self) -> BreakerState:
        if self._opened_at_s is None:
            return BreakerState.CLOSED
        return BreakerState.HALF_OPEN if self.opens_in_s() <= 0 else BreakerState.OPEN

    def opens_in_s(self) -> float:
        """Seconds until a probe may pass; 0 or less when one may now."""
        if self._opened_at_s is None:
            return 0.0
        return self._opened_at_s + self._rules.open_s - self._clock.monotonic_s()

    def admit(self) -> bool:
        """Whether an attempt may be made. Half-open admits one; its end must be told."""
        if self.state is BreakerState.CLOSED:
            return True
        if self.state is BreakerState.OPEN or self._probing:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        self._failures, self._opened_at_s, self._probing = 0, None, False

    def failed(self) -> None:
        self._failures += 1
        if self._probing or self._failures >= self._rules.failures_to_open:
            self._opened_at_s = self._clock.monotonic_s()
        self._probing = False

    def undecided(self) -> None:
        """The attempt ended without saying anything about the backend's health."""
        self._probing = False
