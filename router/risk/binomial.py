"""The binomial distribution's tail, without a library of statistics for one function."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

_TINY = 1e-300
_PRECISION = 1e-15
_MAX_STEPS = 10_000


def at_most(hits: int, trials: int, rate: float) -> float:
    """The probability of `hits` or fewer in so many trials, each a hit with probability `rate`.

    By the regularised incomplete beta function: P(X ≤ k) = I(1 - p; n - k, k + 1). Raises
    ValueError for what is no distribution.
    """
    if trials < 0 or not 0 <= rate <= 1:
        raise ValueError("trials are none or more, and a rate is in [0, 1]")
    if hits < 0:
        return 0.0
    if hits >= trials:
        return 1.0
    return _incomplete_beta(1 - rate, trials - hits, hits + 1)


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """I(x; a, b), by its continued fraction, on the side on which that converges fast."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(1 - x, b, a)
    scale = lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)
    return exp(scale) / a / _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d₁ / (1 + d₂ / (1 + …)), NIST DLMF 8.17.22, evaluated by Lentz's method as Thompson and
    Barnett (1986) modified it.
    """
    value, numerator, denominator = 1.0, 1.0, 0.0
    for step in range(1, _MAX_STEPS):
        half = step // 2
        if step % 2:
            term = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            term = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        denominator = 1 / _not_zero(1 + term * denominator)
        numerator = _not_zero(1 + term / numerator)
        value *= numerator * denominator
        if abs(numerator * denominator - 1) < _PRECISION:
            return value
    raise ArithmeticError("the incomplete beta function did not converge")


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
