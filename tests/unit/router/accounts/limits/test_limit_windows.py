"""A minute, a day and a month begin when everybody's does in UTC, and end where the next begins."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.accounts.limits.windows import Window

moments = st.floats(0, 4e9)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("window", "now", "starts", "ends"),
    [
        (Window.MINUTE, "2026-11-22T10:31:59", "2026-11-22T10:31", "2026-11-22T10:32"),
        (Window.DAY, "2026-11-22T23:59:59", "2026-11-22", "2026-11-23"),
        (Window.MONTH, "2026-11-22T10:31:59", "2026-11-01", "2026-12-01"),
        (Window.MONTH, "2026-12-31T23:59:59", "2026-12-01", "2027-01-01"),
        (Window.MONTH, "2028-02-29T12:00:00", "2028-02-01", "2028-03-01"),
        (Window.MONTH, "2026-03-01T00:00:00", "2026-03-01", "2026-04-01"),
    ],
)
def test_windows_are_those_of_the_calendar(
    window: Window, now: str, starts: str, ends: str
) -> None:
    assert window.starts_at_s(at(now)) == at(starts)
    assert window.ends_at_s(at(now)) == at(ends)


@given(moments, st.sampled_from(list(Window)))
def test_every_moment_is_in_one_window(now_s: float, window: Window) -> None:
    start_s, end_s = window.starts_at_s(now_s), window.ends_at_s(now_s)
    assert start_s <= now_s < end_s
    assert window.starts_at_s(start_s) == start_s
    assert window.starts_at_s(end_s) == end_s
    assert window.starts_at_s(end_s - 1) == start_s
