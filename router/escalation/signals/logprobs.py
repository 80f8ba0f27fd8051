"""How likely a model found what it wrote, in nats."""

from __future__ import annotations

from math import fsum, isnan

from router.escalation.collected import Collected

_LEAST = -1e4
"""Engines write minus infinity, or a number that stands for it, where a token was impossible."""


def mean_logprob(answer: Collected) -> float | None:
    """Of all tokens; None where the model said nothing of them. Longer answers are no less sure."""
    logprobs = _logprobs(answer)
    return fsum(logprobs) / len(logprobs) if logprobs else None


def min_logprob(answer: Collected) -> float | None:
    """Of the least likely token, None where the model said nothing of any."""
    return min(_logprobs(answer), default=None)


def _logprobs(answer: Collected) -> list[float]:
    """Empty where one of them is not a number: then nothing can be told."""
    found = [token.logprob for token in answer.logprobs]
    if any(isnan(logprob) for logprob in found):
        return []
    return [min(0.0, max(_LEAST, logprob)) for logprob in found]
