"""Whether an engine works or stands still: pure, told what was seen at each look.

Load is no reason to judge. An engine is held against what it owes: tokens while requests wait, and
an answer of its own loop at any time. A saturated engine gives both, however late.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """`silent`: the engine's loop does not answer, and its processes do nothing. `barren`: it
    answers or works, and no token comes of it.
    """

    HEALTHY = "healthy"
    SILENT = "silent"
    BARREN = "barren"


@dataclass(frozen=True, slots=True)
class Patience:
    """For how long nothing may be seen, in seconds: of the loop, and of tokens that are owed."""

    loop_s: float
    tokens_s: float


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look saw. Of the counts only matters whether they change.

    `tokens` changes with every token that is generated, `signs` with every answer of the loop and
    with the time that the engine's processes compute.
    `oldest_s` is how long the oldest request in flight waits, 0 without any.
    """

    now_s: float
    in_flight: int
    oldest_s: float
    tokens: tuple[float, ...]
    signs: tuple[float, ...]


class Judge:
    """Adds up for how long nothing was seen, over the looks.

    Time in which nobody looked is no evidence: a replica that was itself stopped for an hour finds
    its engine as old as it left it. So a look counts for `longest_step_s` at most.
    """

    def __init__(self, patience: Patience, longest_step_s: float) -> None:
        self._patience = patience
        self._longest_step_s = longest_step_s
        self._last: Sight | None = None
        self._without_token_s = 0.0
        self._without_sign_s = 0.0

    def look(self, sight: Sight) -> Health:
        """The verdict after this look; looks come in the order of time, by one clock."""
        last = self._last or sight
        step_s = min(max(sight.now_s - last.now_s, 0.0), self._longest_step_s)
        progressed = sight.tokens != last.tokens or not sight.in_flight
        self._without_token_s = 0.0 if progressed else self._without_token_s + step_s
        self._without_sign_s = 0.0 if sight.signs != last.signs else self._without_sign_s + step_s
        self._last = sight
        if self._without_sign_s > self._patience.loop_s:
            return Health.SILENT
        # Requests that come and are given up again, each in its time, are owed nothing yet.
        if min(self._without_token_s, sight.oldest_s) > self._patience.tokens_s:
            return Health.BARREN
        return Health.HEALTHY
