"""Measured runs, request by request → the StepTimes by which their replay comes nearest to them.

`calibrate` reads averages as those of a steady state, in which prompts come evenly. A short closed
loop is none: its requests begin together and end together, so that no decoding step has a prompt
beside it, and what averages ascribe to prompts is missing elsewhere. Replayed, the run itself says
which steps had what in them. For a given schedule each time is a sum of steps, linear in the
unknowns; so

    rows · times = 1        rows: d(replayed / measured) / d(time), one for each TTFT and each TPOT

is solved as in `calibrate`, with no time negative, and again with the schedule that follows from
the solution, while that comes nearer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from hardware.queueing_calibrate import non_negative
from hardware.queueing_replay import Sent, replay
from hardware.queueing_replica import Engine, Request
from hardware.queueing_steps import StepTimes

_ROUNDS = 12
_NUDGE = 0.02
"""A derivative is taken over so large a share of a typical step: schedules move in jumps."""

_CLOSE = 1e-4


@dataclass(frozen=True, slots=True)
class Observed:
    """A run that was measured: what was sent, and the means of what came. `tpot_s` is None where no
    answer had a second token; `at_a_time` is of a closed loop.
    """

    sent: tuple[Sent, ...]
    at_a_time: int | None
    ttft_s: float
    tpot_s: float | None

    def __post_init__(self) -> None:
        if not self.sent or self.ttft_s <= 0 or (self.tpot_s is not None and self.tpot_s <= 0):
            raise ValueError("a run has a request at least, and times above 0")


def fit_to_runs(engine: Engine, first: StepTimes, runs: Sequence[Observed]) -> StepTimes:
    """The times nearest to the runs, sought from `first`; never farther than that. Pure.

    `engine` is the one that was measured; its steps are not looked at.
    """
    times = np.array(astuple(first))
    ratios = _ratios(engine, times, runs)
    for _ in range(_ROUNDS):
        rows = _derivatives(engine, times, runs, ratios)
        # Times are linear in the unknowns for a schedule: rows · times would be the ratios.
        wanted = 1 - ratios + rows @ times
        found = np.array(non_negative(rows, wanted))
        nearer = _nearer(engine, times, found, runs, ratios)
        if nearer is None:
            break
        gained = _error(ratios) - _error(nearer[1])
        times, ratios = nearer
        if gained < _CLOSE * _error(ratios):
            break
    return StepTimes(*times.tolist())


def _nearer(
    engine: Engine,
    times: NDArray[np.float64],
    found: NDArray[np.float64],
    runs: Sequence[Observed],
    ratios: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """On the way from `times` to `found`: all of it, or half, or a quarter; None if none is."""
    for share in (1.0, 0.5, 0.25, 0.125):
        tried = times + share * (found - times)
        if not tried.any():
            continue
        seen = _ratios(engine, tried, runs)
        if _error(seen) < _error(ratios):
            return tried, seen
    return None


def _derivatives(
    engine: Engine,
    times: NDArray[np.float64],
    runs: Sequence[Observed],
    ratios: NDArray[np.float64],
) -> NDArray[np.float64]:
    in_a_step = _typical(runs)
    step_s = float(times @ in_a_step)
    columns = []
    for unknown, count in enumerate(in_a_step.tolist()):
        nudge_s = _NUDGE * step_s / count
        nudged = times.copy()
        nudged[unknown] += nudge_s
        columns.append((_ratios(engine, nudged, runs) - ratios) / nudge_s)
    return np.stack(columns, axis=1)


def _typical(runs: Sequence[Observed]) -> NDArray[np.float64]:
    """What a step has of each unknown, about: by means over all runs."""
    sent = [one for run in runs for one in run.sent]
    prompt = fmean(one.prompt_tokens for one in sent)
    sequences = fmean(run.at_a_time or len(run.sent) for run in runs)
    context = sequences * (prompt + fmean(one.output_tokens for one in sent) / 2)
    return np.array([1.0, sequences, context, prompt, 1.0, 1.0])


def _ratios(
    engine: Engine, times: NDArray[np.float64], runs: Sequence[Observed]
) -> NDArray[np.float64]:
    """Replayed by measured: a TTFT of each run and, where there is one, a TPOT."""
    replayed = replace(engine, steps=StepTimes(*times.tolist()))
    return np.fromiter((ratio for run in runs for ratio in _of_run(replayed, run)), float)


def _of_run(engine: Engine, run: Observed) -> Iterator[float]:
    served = replay(engine, run.sent, run.at_a_time)
    yield fmean(one.first_token_s - one.arrived_s for one in served) / run.ttft_s
    if run.tpot_s is not None:
        yield _mean_tpot_s(served) / run.tpot_s


def _mean_tpot_s(served: Sequence[Request]) -> float:
    several = [one for one in served if one.output_tokens > 1]
    return fmean((one.finished_s - one.first_token_s) / (one.output_tokens - 1) for one in several)


def _error(ratios: NDArray[np.float64]) -> float:
    return float(np.square(ratios - 1).sum())
