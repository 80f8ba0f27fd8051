"""Many numbers → what is said of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

ENOUGH_FOR_P99 = 100


class Part(BaseModel):
    """Base of all that a record consists of."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Spread(Part):
    """Percentiles by linear interpolation; p99 is None for fewer than 100 values."""

    n: int
    mean: float
    std: float
    min: float
    p50: float
    p90: float
    p95: float
    p99: float | None
    max: float


def spread(values: Iterable[float]) -> Spread | None:
    """None for no values."""
    array = np.fromiter(values, float)
    if not array.size:
        return None
    p50, p90, p95, p99 = (float(value) for value in np.percentile(array, (50, 90, 95, 99)))
    return Spread(
        n=array.size,
        mean=rounded(float(array.mean())),
        std=rounded(float(array.std())),
        min=rounded(float(array.min())),
        p50=rounded(p50),
        p90=rounded(p90),
        p95=rounded(p95),
        p99=rounded(p99) if array.size >= ENOUGH_FOR_P99 else None,
        max=rounded(float(array.max())),
    )


def median(values: Sequence[float]) -> float | None:
    return rounded(float(np.median(values))) if values else None


def rounded(value: float) -> float:
    """Six significant digits: more would be noise."""
    return float(f"{value:.6g}")
