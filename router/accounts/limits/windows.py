"""Fixed windows of time, in UTC: what is counted in one is counted from its start to its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Window(StrEnum):
    """Rates are limited by the minute, money by the day and the calendar month."""

    MINUTE = "minute"
    DAY = "day"
    MONTH = "month"

    def starts_at_s(self, now_s: float) -> int:
        """When the window began that `now_s` is in; both are seconds since the epoch."""
        now = datetime.fromtimestamp(now_s, UTC).replace(second=0, microsecond=0)
        if self is not Window.MINUTE:
            now = now.replace(minute=0, hour=0)
        if self is Window.MONTH:
            now = now.replace(day=1)
        return int(now.timestamp())

    def ends_at_s(self, now_s: float) -> int:
        """When the next one begins."""
        start_s = self.starts_at_s(now_s)
        longest = {
            Window.MINUTE: timedelta(minutes=1),
            Window.DAY: timedelta(days=1),
            Window.MONTH: timedelta(days=31),
        }[self]
        # 31 days after the first of a month it is the next one, whichever month it is.
        return self.starts_at_s(start_s + longest.total_seconds())
