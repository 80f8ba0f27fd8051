"""How long to wait before the same backend is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class BackoffRules:
    """Full jitter (Brooker, "Exponential Backoff and Jitter", 2015) between 0 and a growing cap."""

    initial_s: float
    max_s: float

    def wait_s(self, failures: int, retry_after_s: float | None, random: Random) -> float | None:
        """Seconds to wait after `failures` attempts, or None if the backend asks for too long.

        A Retry-After is a lower bound, and jitter is added to it, so that clients do not return in
        step; one longer than `max_s` is not waited for.
        """
        cap_s = min(self.max_s, self.initial_s * 2 ** (failures - 1))
        jitter_s = random.uniform(0, cap_s)
        if retry_after_s is None:
            return jitter_s
        if retry_after_s > self.max_s:
            return None
        return retry_after_s + jitter_s
