"""The days that reports of costs and feedback are about."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, TypeAlias

import typer

from serving.cli.policy_records import MONTH_DAYS, Days
from serving.cli.today import day_of

_MOST_DAYS = 36_500

Since: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="DAY|30d", help="The first day, in UTC, or how many days; 30d if not."),
]
Until: TypeAlias = Annotated[str | None, typer.Option(metavar="DAY", help="The last day; today.")]


def period(since: str | None, until: str | None) -> Days:
    """Raises BadParameter for what is no day, and where the last is before the first."""
    last = day_of(until)
    count = re.fullmatch(r"([1-9][0-9]{0,4})d", since or f"{MONTH_DAYS}d")
    if count is None:
        found = Days(day_of(since), last)
    elif int(count[1]) <= _MOST_DAYS:
        found = Days(last - timedelta(days=int(count[1]) - 1), last)
    else:
        raise typer.BadParameter(f"at most {_MOST_DAYS:,} days: --since")
    if found.first > found.last:
        raise typer.BadParameter("the last day is before the first: exchange --since and --until")
    return found
