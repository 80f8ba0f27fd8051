"""The requests that were made in a time, for commands that count them; reading them is an act."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import TypeVar

from sqlalchemy import Connection, Engine

from router.accounts.people.actor import Actor
from router.audit.acts import Act, record_act
from router.domain import JsonObject
from router.policy.archive import active, text_of
from router.policy.load import rules_of_text
from router.policy.policy import Rules
from router.policy.traffic import Made, of_records
from router.store.database import reading
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths

T = TypeVar("T")
MONTH_DAYS = 30
NOTHING_SERVED = "nothing has served from here yet: name the policy's file to compare with"


@dataclass(frozen=True, slots=True)
class Days:
    """The first and the last of them, in UTC."""

    first: date
    last: date

    @classmethod
    def month_until(cls, last: date) -> Days:
        return cls(last - timedelta(days=MONTH_DAYS - 1), last)

    @property
    def from_s(self) -> float:
        return _begin_s(self.first)

    @property
    def to_s(self) -> float:
        """Not in it any more."""
        return _begin_s(self.last + timedelta(days=1))


def use_records(
    paths: ClusterPaths, actor: Actor, days: Days, use: Callable[[Iterable[Made]], T]
) -> T:
    """What `use` makes of the records; returned once it is in the log that `actor` read them."""
    count = 0

    def counted(made: Iterable[Made]) -> Iterator[Made]:
        nonlocal count
        for count, request in enumerate(made, start=1):  # noqa: B007 -- read when all are done
            yield request

    with opened(paths) as engine:
        with reading(engine).connect() as connection:
            result = use(counted(of_records(connection, days.from_s, days.to_s)))
        details: JsonObject = {"from_s": days.from_s, "to_s": days.to_s, "requests": count}
        with engine.begin() as connection:
            record_act(connection, Act("records.read", actor.name, "", details), time.time())
    return result


def serving_rules(paths: ClusterPaths) -> Rules | None:
    """The rules that serve from this state directory, or did last; None where none ever did.

    Raises ConfigError for those of another release that this one could not serve with.
    """
    if not paths.state.is_dir():
        return None
    with records(paths) as connection:
        now = active(connection)
        text = None if now is None else text_of(connection, now.digest)
    return None if text is None else rules_of_text(text)


@contextmanager
def records(paths: ClusterPaths) -> Iterator[Connection]:
    """A connection that reads the state directory's database."""
    with opened(paths) as engine, reading(engine).connect() as connection:
        yield connection


@contextmanager
def opened(paths: ClusterPaths) -> Iterator[Engine]:
    engine = open_database(paths)
    try:
        yield engine
    finally:
        engine.dispose()


def _begin_s(day: date) -> float:
    return datetime.combine(day, time_of_day(), UTC).timestamp()
