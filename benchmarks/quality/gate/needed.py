"""How many items it takes: at least, to say anything, and to come to a verdict."""

from __future__ import annotations

import math
from statistics import NormalDist

from benchmarks.quality.gate.noninferiority import ALPHA, Difference

POWER = 0.8
"""How likely a verdict is to be with as many items as are said to be needed."""

_MOST = 1_000_000


def fewest_items(margin: float) -> int:
    """The fewest items of which a harm of `margin` shows at all: in one of them, in 95 of 100 sets.

    From (1 - margin)^n ≤ ALPHA; 149 for two points. With fewer nothing passes, whatever they show.
    """
    return math.ceil(math.log(ALPHA) / math.log1p(-margin))


def items_needed(found: Difference, margin: float) -> int | None:
    """With so many like these there is a verdict, at the power; None where no number would help.

    n = ((z_{1-ALPHA} + z_POWER) · sd / distance)², where the distance is from the difference that
    was found to the margin: above it for a pass, below it for a fail (Chow, Shao and Wang, Sample
    Size Calculations in Clinical Research, 2008, 3.1.3). What is missing does not shrink with n.
    """
    distance = abs(found.mean + margin) - found.missing
    if distance <= 0:
        return None
    normal = NormalDist()
    sure = normal.inv_cdf(1 - ALPHA) + normal.inv_cdf(POWER)
    needed = math.ceil((sure * found.sd / distance) ** 2)
    return max(needed, fewest_items(margin)) if needed <= _MOST else None


def items_for_equals(sd: float, margin: float) -> int:
    """So many would let a candidate pass that is exactly as good, at the power."""
    normal = NormalDist()
    sure = normal.inv_cdf(1 - ALPHA) + normal.inv_cdf(POWER)
    return max(math.ceil((sure * sd / margin) ** 2), fewest_items(margin))
