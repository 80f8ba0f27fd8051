"""How fast models answer lately, from the answers that have ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from router.domain import OutcomeStatus
from router.telemetry.ended import RequestEnded

SMOOTHING = 0.2
"""Weight of the newest answer: about the last ten of them make up nine tenths of the mean."""

FORGOTTEN_AFTER_S = 300.0
"""A model that was slow is asked again after as long without an answer: it may have recovered, and
nobody would know who does not ask."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds to the first token and for each of the others; None where none was seen.

    Exponentially weighted means. An answer that is not streamed says nothing of its first token:
    all of its time is spread over its tokens, less the first token's as streams had it.
    """

    ttft_s: float | None
    tpot_s: float | None
    at_s: float

    def after(self, newer: Pace) -> Pace:
        return Pace(
            _smoothed(self.ttft_s, newer.ttft_s), _smoothed(self.tpot_s, newer.tpot_s), newer.at_s
        )


class Paces:
    """An observer of every request's end. One event loop tells it and asks it."""

    def __init__(self) -> None:
        self._paces: dict[str, Pace] = {}

    def request_ended(self, ended: RequestEnded) -> None:
        outcome = ended.outcome
        if outcome.status is not OutcomeStatus.ANSWERED or ended.model is None:
            return
        known = self._paces.get(ended.model.key)
        pace = _pace_of(ended, known)
        if pace is not None:
            fresh = known is not None and pace.at_s - known.at_s < FORGOTTEN_AFTER_S
            self._paces[ended.model.key] = known.after(pace) if known and fresh else pace

    def lately(self, now_s: float) -> Mapping[str, Pace]:
        """By registry key, of models that answered not too long before `now_s` (monotonic)."""
        return {
            key: pace for key, pace in self._paces.items() if now_s - pace.at_s < FORGOTTEN_AFTER_S
        }


def _pace_of(ended: RequestEnded, known: Pace | None) -> Pace | None:
    """What one answer says, None where that is nothing."""
    outcome, tokens = ended.outcome, ended.outcome.usage.output_tokens
    if outcome.ttft_s is None:
        return None
    if ended.stream:
        return Pace(outcome.ttft_s, ended.time_per_output_token_s, ended.ended_s)
    if not tokens:
        return None
    first_s = 0.0 if known is None or known.ttft_s is None else known.ttft_s
    # The attempt's own time: what came before it, such as a wait for a place, is no model's pace.
    return Pace(None, max(0.0, outcome.ttft_s - first_s) / tokens, ended.ended_s)


def _smoothed(before: float | None, now: float | None) -> float | None:
    if before is None or now is None:
        return before if now is None else now
    return before + SMOOTHING * (now - before)
