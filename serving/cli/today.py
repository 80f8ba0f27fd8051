"""The day that a command is about: today in UTC, or one that somebody names."""

from __future__ import annotations

from datetime import UTC, date, datetime

import typer


def day_of(text: str | None) -> date:
    """Raises BadParameter for what is not YYYY-MM-DD."""
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("write a day as YYYY-MM-DD, such as 2026-12-31") from None
