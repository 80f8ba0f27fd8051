"""Waiting before the same backend is tried again."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from router.cascade.backoff import BackoffRules

RULES = BackoffRules(initial_s=0.1, max_s=2.0)


@given(failures=st.integers(1, 50), seed=st.integers())
def test_a_wait_is_never_longer_than_the_cap(failures: int, seed: int) -> None:
    wait_s = RULES.wait_s(failures, None, Random(seed))
    assert wait_s is not None
    assert 0 <= wait_s <= min(2.0, 0.1 * 2 ** (failures - 1))


@given(retry_after_s=st.floats(0, 2.0), seed=st.integers())
def test_retry_after_is_never_undercut(retry_after_s: float, seed: int) -> None:
    wait_s = RULES.wait_s(1, retry_after_s, Random(seed))
    assert wait_s is not None
    assert wait_s >= retry_after_s


def test_a_backend_that_asks_for_too_long_is_not_waited_for() -> None:
    assert RULES.wait_s(1, 2.1, Random(0)) is None
