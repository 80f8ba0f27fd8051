"""How well a signal tells right from wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.risk.auroc import auroc, resampled_auroc

rows = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=40)


@given(rows)
def test_it_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[int, bool]]) -> None:
    right = [signal for signal, is_right in rows if is_right]
    wrong = [signal for signal, is_right in rows if not is_right]
    found = auroc(np.array([float(signal) for signal, _ in rows]), np.array([r for _, r in rows]))
    if not right or not wrong:
        assert found is None
        return
    won = [(high > low) + (high == low) / 2 for high in right for low in wrong]
    assert found == pytest.approx(sum(won) / len(won))


def test_resamplings_lie_around_it() -> None:
    generator = np.random.default_rng(1)
    signal = generator.random(400)
    is_right = generator.random(400) < signal
    found = auroc(signal, is_right)
    drawn = resampled_auroc(signal, is_right, seed=1)
    assert found is not None
    assert len(drawn) == 1_000
    assert drawn.mean() == pytest.approx(found, abs=0.01)
    assert 0.01 < drawn.std() < 0.04
