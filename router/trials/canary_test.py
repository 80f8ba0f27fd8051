"""The test of one canary: by what came of its answers, and by what people say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from router.domain import JsonObject
from router.trials.sequential import Arm, NotWorse


@dataclass(slots=True)
class CanaryTest:
    """Two bets with half of the stake each, so that both together come to 1/alpha falsely as seldom
    as one: the mean of two e-processes is one (V. Vovk, R. Wang, "E-values: calibration,
    combination and applications", Annals of Statistics 49, 2021).

    An opinion comes hours after the answer, and changes nothing of what was counted before: it is a
    bet of its own, in the order in which opinions come. What has to hold of both is at `NotWorse`.
    """

    answers: NotWorse
    opinions: NotWorse
    peak: float = 1.0

    @classmethod
    def begin(cls, margin: float) -> CanaryTest:
        return cls(NotWorse(margin), NotWorse(margin))

    @classmethod
    def of_state(cls, state: Any) -> CanaryTest:
        answers, opinions = (NotWorse.of_state(state[bet]) for bet in ("answers", "opinions"))
        return cls(answers, opinions, state["peak"])

    @property
    def state(self) -> JsonObject:
        """All of it, as JSON."""
        return {
            "answers": self.answers.state,
            "opinions": self.opinions.state,
            "peak": self.peak,
        }

    @property
    def margin(self) -> float:
        return self.answers.margin

    @property
    def e_value(self) -> float:
        return (self.answers.e_value + self.opinions.e_value) / 2

    def answered(self, *, by_canary: bool, bad: bool) -> None:
        self._told(self.answers, by_canary=by_canary, bad=bad)

    def judged(self, *, by_canary: bool, bad: bool) -> None:
        """Somebody has said of an answer whether it was right."""
        self._told(self.opinions, by_canary=by_canary, bad=bad)

    def shows_harm(self, alpha: float) -> bool:
        return self.peak >= 1.0 / alpha

    def _told(self, bet: NotWorse, *, by_canary: bool, bad: bool) -> None:
        if by_canary:
            bet.canary_answered(bad=bad)
            self.peak = max(self.peak, self.e_value)
        else:
            bet.champion_answered(bad=bad)


def evidence_of(test: CanaryTest, alpha: float) -> JsonObject:
    """What a halt is recorded with, and what is shown of a test: counts, rates and their bounds."""
    return {
        "e_value": _rounded(test.e_value),
        "peak": _rounded(test.peak),
        "halts_at": _rounded(1.0 / alpha),
        "margin": test.margin,
        "answers": _bet(test.answers, alpha),
        "opinions": _bet(test.opinions, alpha),
    }


def _bet(bet: NotWorse, alpha: float) -> JsonObject:
    return {"canary": _arm(bet.canary, alpha), "champion": _arm(bet.champion, alpha)}


def _arm(arm: Arm, alpha: float) -> JsonObject:
    low, high = arm.interval(alpha)
    rate = None if arm.rate is None else round(arm.rate, 6)
    return {
        "requests": arm.answers,
        "bad": arm.bad,
        "rate": rate,
        "low": round(low, 6),
        "high": round(high, 6),
    }


def _rounded(value: float) -> float:
    return round(min(value, 1e12), 4)
