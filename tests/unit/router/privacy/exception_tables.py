"""Exceptions for tests, and days to judge them on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from router.domain import DataClass
from router.privacy.exceptions import PathPattern, PolicyException

APPROVED_ON, EXPIRES = date(2026, 3, 1), date(2026, 6, 30)
LIVE_S = datetime(2026, 5, 1, 12, tzinfo=UTC).timestamp()
EXPIRED_S = datetime(2026, 7, 1, tzinfo=UTC).timestamp()


def exception(
    *entity_types: str,
    lowers_to: DataClass = DataClass.INTERNAL,
    team: str = "claims",
    paths: Iterable[str] | None = None,
    name: str = "ticket-1",
) -> PolicyException:
    return PolicyException(
        id=name,
        team=team,
        entity_types=frozenset(entity_types),
        paths=None if paths is None else tuple(map(PathPattern.parse, paths)),
        lowers_to=lowers_to,
        reason="Claim numbers look like it.",
        approved_by=("A. Author", "R. Reviewer"),
        approved_on=APPROVED_ON,
        expires=EXPIRES,
    )
