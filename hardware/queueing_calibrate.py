"""Measured runs → StepTimes, the straight line that a simulation predicts other runs with; or
Calibration, the efficiencies that a roofline predicts other splits and models with.

With B sequences decoding and C tokens of context in all, a step takes a + b·B + c·C, and prefill
beside it p a token and q a prompt. In a steady state, per step, there are

    B = output tokens/s · TPOT                       (Little's law)
    C = B · (isl + osl/2)
    prompts = output tokens/s · TPOT / osl           (every prompt is followed by osl tokens)

so that TPOT = a + b·B + c·C + p·isl·prompts + q·prompts is linear in what is sought. A request that
waits for nobody has a TTFT of a + p·isl + q: points with about one in flight say so. The other
TTFTs have waiting in them, and are left to be predicted. Solved by least squares of relative
errors, none of the five being negative: with five unknowns all 31 subsets are tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from hardware.queueing_steps import StepTimes
from hardware.roofline import PRIORS, Calibration, Roofline

_ALONE = 1.5
"""Up to so many in flight on average, a request hardly waits for another one's prefill."""


class NotEnoughMeasured(ValueError):
    """The points do not tell a step's parts from each other; the message says what to measure."""


@dataclass(frozen=True, slots=True)
class MeasuredPoint:
    """One run in its steady state, on one replica: `concurrency` of a closed loop, or `rate` of an
    open one in requests a second, isl and osl in tokens as means. TPOT is (E2E - TTFT)/(osl - 1).
    """

    isl: float
    osl: float
    output_tokens_per_s: float
    ttft_p50_s: float
    ttft_p95_s: float
    tpot_p50_s: float
    concurrency: int | None = None
    rate: float | None = None

    def __post_init__(self) -> None:
        if (self.concurrency is None) == (self.rate is None):
            raise ValueError("a measured point has either a concurrency or a rate")
        positive = (self.isl, self.osl, self.output_tokens_per_s, self.ttft_p50_s, self.tpot_p50_s)
        if not all(0 < value < float("inf") for value in positive):
            raise ValueError("what is measured is positive: lengths, throughput, TTFT and TPOT")

    @property
    def decoding(self) -> float:
        return self.output_tokens_per_s * self.tpot_p50_s


def calibrate(points: Sequence[MeasuredPoint]) -> StepTimes:
    """The line nearest to what was measured. Raises NotEnoughMeasured. Pure."""
    alone = _alone(points)
    busiest = max(point.decoding for point in points)
    if busiest < 2 * min(point.decoding for point in points):
        raise NotEnoughMeasured(
            "all points have nearly the same concurrency: measure 1 and several more, up to the "
            "largest that is to be planned for"
        )
    rows = np.array([_decode_row(point) for point in points] + [_alone_row(p) for p in alone])
    seen = np.array([point.tpot_p50_s for point in points] + [p.ttft_p50_s for p in alone])
    return StepTimes(*non_negative(rows / seen[:, None], np.ones(len(seen))))


def efficiencies(points: Sequence[MeasuredPoint], ideal: Roofline, source: str) -> Calibration:
    """What share of `ideal`, a roofline with efficiencies of 1, requests that were alone had.

    In prefill by the longest prompt, in decode by the longest answer; the link's figures stay
    priors. Raises NotEnoughMeasured, and ValueError for shares above 1, which contradict the table.
    """
    mfu, mbu = shares_reached(points, ideal)
    if max(mfu, mbu) > 1:
        raise ValueError(
            f"measured were {mfu:.0%} of the peak in prefill and {mbu:.0%} of the bandwidth in "
            "decode: see that model, data type, GPU type and split are those of the measurement"
        )
    return replace(PRIORS, prefill_mfu=mfu, decode_mbu=mbu, is_measured=True, source=source)


def shares_reached(points: Sequence[MeasuredPoint], ideal: Roofline) -> tuple[float, float]:
    """In prefill and in decode, of `ideal`. Raises NotEnoughMeasured."""
    alone = _alone(points)
    prompt = max(alone, key=lambda point: point.isl)
    answer = max(alone, key=lambda point: point.osl)
    prefill_s = ideal.step_s(0, 0.0, round(prompt.isl), prompt.isl**2 / 2, 1)
    decode_s = ideal.step_s(1, answer.isl + answer.osl / 2)
    return prefill_s / prompt.ttft_p50_s, decode_s / answer.tpot_p50_s


def _alone(points: Sequence[MeasuredPoint]) -> list[MeasuredPoint]:
    alone = [point for point in points if point.decoding <= _ALONE]
    if not alone:
        raise NotEnoughMeasured(
            "no point has about one request in flight: measure one at concurrency 1"
        )
    return alone


def _decode_row(point: MeasuredPoint) -> list[float]:
    decoding = point.decoding
    prompts = decoding / point.osl
    context = decoding * (point.isl + point.osl / 2)
    return [1.0, decoding, context, point.isl * prompts, prompts]


def _alone_row(point: MeasuredPoint) -> list[float]:
    return [1.0, 0.0, 0.0, point.isl, 1.0]


def non_negative(rows: NDArray[np.float64], seen: NDArray[np.float64]) -> list[float]:
    """Least squares over the subsets of unknowns, the others being 0; the best that is allowed."""
    unknowns = rows.shape[1]
    best, best_error = [0.0] * unknowns, float("inf")
    for subset in _subsets(unknowns):
        found, *_ = np.linalg.lstsq(rows[:, subset], seen, rcond=None)
        if (found < 0).any():
            continue
        error = float(np.square(rows[:, subset] @ found - seen).sum())
        if error < best_error * (1 - 1e-9):
            best_error = error
            best = [0.0] * unknowns
            for column, value in zip(subset, found.tolist(), strict=True):
                best[column] = value
    return best


def _subsets(unknowns: int) -> Iterator[list[int]]:
    """Small ones first: of two that explain as much, the simpler one."""
    for size in range(1, unknowns + 1):
        yield from map(list, combinations(range(unknowns), size))
