"""Whether a canary does worse than its champion, on evidence that may be looked at all the time.

A test that is looked at after each request, and stopped when it says what was feared, gives false
alarms without end: 5% is said of one look. What is counted here is a bet instead. Whoever doubts
the canary stakes a part of what they have on each of its answers being worse than what the
champion did meanwhile, at odds under which they win nothing in the long run while it is not. They
begin with 1; by Ville's inequality they ever come to 1/alpha with a probability of at most alpha,
however often somebody looks and whenever they stop.

After A. Ramdas, P. Grünwald, V. Vovk, G. Shafer, "Game-theoretic statistics and safe anytime-valid
inference", Statistical Science 38 (2023), and I. Waudby-Smith, A. Ramdas, "Estimating means of
bounded random variables by betting", JRSS B 86 (2024).

What the odds ask of whoever tells the bet is said at `NotWorse`; `evaluation.py` sees to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import exp, fsum, inf, lgamma, log, log1p
from typing import Any

from router.domain import JsonObject

LONGEST_BLOCK = 200
"""Of the champion's answers before one of the canary's, how many count: what was further back was
another hour's traffic."""

_STAKES = tuple(0.02 * 1.5**power for power in range(10))
"""Of what one has, from 0.02 to 0.77: small ones find small harm, large ones large harm soon."""
_BISECTIONS = 40


@dataclass(slots=True)
class Arm:
    """Answers of one version so far, and how many were bad."""

    answers: int = 0
    bad: int = 0

    @property
    def rate(self) -> float | None:
        return self.bad / self.answers if self.answers else None

    def interval(self, alpha: float) -> tuple[float, float]:
        """Bounds of the rate that hold at all times together, with a probability of 1 - alpha."""
        return confidence_sequence(self.bad, self.answers, alpha)


@dataclass(slots=True)
class NotWorse:
    """The bet against "the canary is bad at most `margin` more often than its champion".

    Answers are told in the order in which they came. Each of the canary's is held against the mean
    of the champion's since the one before, `LONGEST_BLOCK` of them at most: both had the same hour
    and the same traffic, so that a bad hour of everybody's is no evidence. What comes before the
    first of the champion's is held against nothing.

    Why alpha is kept. Let F be all that was told up to the canary's answer before. The hypothesis
    is that, given F, the next of the canary's is bad with a probability of at most `margin` more
    than those of the champion's that are told between the two. Then X = bad - mean - margin has
    E[X | F] <= 0, and X >= -(1 + margin); so 1 + l X with a constant l in [0, 1 / (1 + margin)) is
    never negative and at most 1 on average given F, the product of them is a supermartingale that
    begins with 1, and the mean of several such, with weights fixed before, is one, too. By Ville's
    inequality it ever comes to 1/alpha with a probability of at most alpha.

    What that asks for is that an answer's version says nothing of the request: each is drawn for
    its version by a coin that knows neither the request nor F. That holds of the first request of a
    conversation. Those that follow go where the first went, fail as it failed, and are as many as a
    client likes: F foretells them, and a hundred are hardly more evidence than one. So one is told
    of each. In between, the champion's rate may move, but not with the coin.
    """

    margin: float
    canary: Arm = field(default_factory=Arm)
    champion: Arm = field(default_factory=Arm)
    peak: float = 1.0
    """The most that the bet has ever come to: it is what alpha speaks of."""
    _block: list[bool] = field(default_factory=list)
    _logs: list[float] = field(default_factory=lambda: [0.0] * len(_STAKES))

    @classmethod
    def of_state(cls, state: Any) -> NotWorse:
        """As `state` has it."""
        return cls(
            margin=state["margin"],
            canary=Arm(*state["canary"]),
            champion=Arm(*state["champion"]),
            peak=state["peak"],
            _block=[each == "1" for each in state["block"]],
            _logs=list(state["logs"]),
        )

    @property
    def state(self) -> JsonObject:
        """All of it, to go on from elsewhere to the same end."""
        return {
            "margin": self.margin,
            "canary": [self.canary.answers, self.canary.bad],
            "champion": [self.champion.answers, self.champion.bad],
            "peak": self.peak,
            "block": "".join("1" if bad else "0" for bad in self._block),
            "logs": list(self._logs),
        }

    @property
    def e_value(self) -> float:
        """What 1 has become by now."""
        return _mean_exp(self._logs)

    def champion_answered(self, *, bad: bool) -> None:
        self.champion.answers += 1
        self.champion.bad += bad
        self._block.append(bad)
        if len(self._block) > LONGEST_BLOCK:
            del self._block[0]

    def canary_answered(self, *, bad: bool) -> None:
        self.canary.answers += 1
        self.canary.bad += bad
        if not self._block:
            return
        step = bad - sum(self._block) / len(self._block) - self.margin
        self._block.clear()
        for place, stake in enumerate(_STAKES):
            self._logs[place] += log1p(stake / (1.0 + self.margin) * step)
        self.peak = max(self.peak, self.e_value)

    def shows_harm(self, alpha: float) -> bool:
        """Whether it is worse; said of one that is not with a probability of `alpha` at most."""
        return self.peak >= 1.0 / alpha


def confidence_sequence(bad: int, answers: int, alpha: float) -> tuple[float, float]:
    """Bounds of a rate, wide enough to be looked at after every answer.

    The rates against which a bet with a uniform prior has not come to 1/alpha: the mixture of
    H. Robbins, "Statistical methods related to the law of the iterated logarithm" (1970).
    """
    if not answers:
        return 0.0, 1.0
    good = answers - bad
    mixture = lgamma(bad + 1) + lgamma(good + 1) - lgamma(answers + 2)

    def is_refuted(rate: float) -> bool:
        return mixture - _log_likelihood(rate, bad, good) >= -log(alpha)

    observed = bad / answers
    return _edge(observed, 0.0, is_refuted), _edge(observed, 1.0, is_refuted)


def _edge(inside: float, outside: float, is_refuted: Callable[[float], bool]) -> float:
    """The last rate from `inside` towards `outside` that is not refuted, rounded outwards."""
    if not is_refuted(outside):
        return outside
    for _ in range(_BISECTIONS):
        middle = (inside + outside) / 2
        if is_refuted(middle):
            outside = middle
        else:
            inside = middle
    return outside


def _log_likelihood(rate: float, bad: int, good: int) -> float:
    return _times_log(bad, rate) + _times_log(good, 1.0 - rate)


def _times_log(count: int, rate: float) -> float:
    if not count:
        return 0.0
    return count * log(rate) if rate > 0 else -inf


def _mean_exp(logs: Sequence[float]) -> float:
    most = max(logs)
    return exp(min(700.0, most)) * fsum(exp(each - most) for each in logs) / len(logs)
