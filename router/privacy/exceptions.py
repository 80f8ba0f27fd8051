"""Reviewed, expiring exceptions: the only thing that lowers a data class. Pure.

Somebody decided, and wrote into the policy, that what a detector takes for an entity of some types
in one team's requests is none, or matters less. Findings that a live exception covers count as its
class and never as more than they were; whatever is not covered keeps the class it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from router.domain import DataClass, Segment

NEVER_EXCEPTED = frozenset(
    {
        "ACCESS_TOKEN",
        "CLOUD_KEY",
        "CONNECTION_STRING",
        "CREDIT_CARD",
        "PASSWORD",
        "PRIVATE_KEY",
    }
)
"""Types that no review can lower: one that is none after all costs a detour; one that is real and
was waved through gives somebody else the keys."""

MAX_DAYS = 180
"""From the day of approval to the last day."""

_POSITION = "\0"  # stands for `[*]`, and in no path


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A glob over `Segment.path`: `[*]` is any one list position, any other `*` any run of
    characters, and everything else stands for itself.
    """

    text: str
    _regex: re.Pattern[str] = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> PathPattern:
        first, *others = map(_literal, re.split(r"\*+", text.replace("[*]", _POSITION)))
        if others:
            # Each run ends at the first place where what follows it fits: for globs that is enough,
            # and no path makes it try the others.
            *middle, last = others
            first += "".join(f"(?>.*?{part})" for part in middle) + f".*{last}"
        return cls(text, re.compile(first, re.DOTALL))

    def matches(self, path: str) -> bool:
        return self._regex.fullmatch(path) is not None


def _literal(part: str) -> str:
    return re.escape(part).replace(re.escape(_POSITION), r"\[[0-9]+\]")


@dataclass(frozen=True, slots=True)
class PolicyException:
    """One entry of the policy's `exceptions`. `paths` is None where it holds everywhere.

    Holds from the beginning of `approved_on` to the end of `expires`, both in UTC.
    """

    id: str
    team: str
    entity_types: frozenset[str]
    paths: tuple[PathPattern, ...] | None
    lowers_to: DataClass
    reason: str
    approved_by: tuple[str, ...]
    approved_on: date
    expires: date

    def is_live(self, now_s: float) -> bool:
        return self.approved_on <= utc_day(now_s) <= self.expires

    def days_left(self, now_s: float) -> int:
        """Days on which it holds from now on, today included; 0 once it has expired."""
        first = max(self.approved_on, utc_day(now_s))
        return max(0, (self.expires - first).days + 1)

    def covers(self, entity_type: str, segment: Segment | None) -> bool:
        """`segment` is where it was found. Where nobody knows that (None), or it was put together
        from several places, an exception that is limited to paths covers nothing.
        """
        if entity_type not in self.entity_types:
            return False
        if self.paths is None:
            return True
        if segment is None or segment.joined:
            return False
        return any(pattern.matches(segment.path) for pattern in self.paths)


@dataclass(frozen=True, slots=True)
class Lowered:
    """What a class has become, and the ids of the exceptions that it is due to, sorted."""

    data_class: DataClass
    exceptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LiveExceptions:
    """The exceptions of one team at one moment. Make it with `live`."""

    exceptions: tuple[PolicyException, ...] = ()

    @property
    def entity_types(self) -> frozenset[str]:
        """What may turn out to matter less, depending on where it stands."""
        return frozenset[str]().union(*(each.entity_types for each in self.exceptions))

    def lowered(
        self, entity_type: str, segment: Segment | None, meant: DataClass
    ) -> Lowered | None:
        """What a finding counts as whose type means `meant`; None if no exception covers it."""
        covering = [each for each in self.exceptions if each.covers(entity_type, segment)]
        if not covering:
            return None
        lowest = min(each.lowers_to for each in covering)
        return Lowered(min(meant, lowest), tuple(sorted(each.id for each in covering)))

    def lowered_cause(self, cause: Iterable[str] | None, meant: DataClass) -> Lowered | None:
        """What an inherited class counts as; None unless its whole cause is known and covered.

        `cause` has the entity types that the class is due to, and nothing says where they stood:
        exceptions that are limited to paths do not count.
        """
        parts = [self.lowered(entity_type, None, meant) for entity_type in cause or ()]
        known = [part for part in parts if part is not None]
        if not known or len(known) < len(parts):
            return None
        ids = {exception for part in known for exception in part.exceptions}
        return Lowered(max(part.data_class for part in known), tuple(sorted(ids)))


def live(exceptions: Iterable[PolicyException], team: str, now_s: float) -> LiveExceptions:
    return LiveExceptions(
        tuple(each for each in exceptions if each.team == team and each.is_live(now_s))
    )


def utc_day(now_s: float) -> date:
    return datetime.fromtimestamp(now_s, UTC).date()
