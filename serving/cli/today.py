"""The days that a command is about: today in UTC, or those that somebody names."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import typer

_DAY_S = 86_400.0


def day_of(text: str | None) -> date:
    """Raises BadParameter for what is not YYYY-MM-DD."""
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("write a day as YYYY-MM-DD, such as 2026-12-31") from None


def days(first: str, last: str | None) -> tuple[float, float]:
    """From the beginning of the first day to the end of the last, today if None, both in UTC.

    Raises BadParameter for what is not YYYY-MM-DD, ValueError where the last is before the first.
    """
    begin_s, end_s = _begin_s(day_of(first)), _begin_s(day_of(last)) + _DAY_S
    if begin_s >= end_s:
        raise ValueError("the last day is before the first: exchange --from and --to")
    return begin_s, end_s


def _begin_s(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()
