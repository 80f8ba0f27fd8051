"""Reading on what came of a canary's and its champion's requests, from where it was read to.

What is told to the test has to be independent, or one client's loop or one key's temper halts a
version that is as good as the other (`sequential.py` says why):

- of the requests, the first of each conversation that chance drew for one of the two;
- of opinions, one of each conversation that began so, and one of each key and day about either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, RowMapping, and_, or_, select

from router.feedback.feedback import worth
from router.feedback.tables import feedback
from router.registry.canary import canary_of
from router.registry.registry import Registry
from router.trials.canary_test import CanaryTest
from router.trials.tables import canary_observations

ROWS_AT_A_TIME = 1_000
"""Some milliseconds of a gateway's time, which has requests to answer meanwhile."""
DAY_S = 86_400
_WRONG_BELOW = 0.5

_OBSERVED = canary_observations.c


@dataclass(frozen=True, slots=True)
class Canary:
    """One that takes requests, both by key; `since_s` is when it is tested from."""

    key: str
    champion: str
    since_s: float

    def resumed(self, at_s: float | None) -> Canary:
        """Tested from there, where it was halted and let go on."""
        return self if at_s is None else replace(self, since_s=max(self.since_s, at_s))


def canaries_of(registry: Registry) -> tuple[Canary, ...]:
    found = []
    for model_id, champion in registry.aliases.items():
        key = canary_of(registry, model_id)
        if key is not None:
            day = registry.entries[key].card.lifecycle.since
            at_s = 0.0 if day is None else datetime.combine(day, time.min, UTC).timestamp()
            found.append(Canary(key, champion, at_s))
    return tuple(found)


def last_before(connection: Connection, canary: Canary) -> int:
    """The highest `seq` that is of no test of this canary's that begins now; 0 for none.

    What is of it and came before, out of turn, is left out: nobody has been told of that yet.
    """
    before = or_(_OBSERVED.champion != canary.champion, _OBSERVED.recorded_at_s < canary.since_s)
    last = (
        select(_OBSERVED.seq)
        .where(_OBSERVED.canary == canary.key, before)
        .order_by(_OBSERVED.seq.desc())
        .limit(1)
    )
    return connection.scalar(last) or 0


class Voice(NamedTuple):
    """Who said something, on which day of UTC since the epoch, and of which version."""

    key_id: str
    day: int
    by_canary: bool


@dataclass(slots=True)
class Evaluation:
    """One canary's test, and up to where it has been told.

    Observations are told in the order in which they were committed and opinions in that in which
    they were given, so that whoever reads comes to the same. Of observations only those after
    `after_seq` (`last_before`) are this test's. `counted` are the opinions that were, by request,
    and not yet marked as such in the database. `revision` is that of the row that this was read
    from (`progress.py`), 0 where there was none; `is_new` where that was no row of this test's.
    """

    canary: Canary
    test: CanaryTest
    after_seq: int = 0
    answers_to: int = 0
    opinions_to: tuple[float, str] = (0.0, "")
    revision: int = 0
    is_new: bool = True
    counted: dict[str, Voice] = field(default_factory=dict)
    _judged: set[bytes] = field(default_factory=set)

    @classmethod
    def begin(
        cls, canary: Canary, margin: float, *, after_seq: int = 0, revision: int = 0
    ) -> Evaluation:
        return cls(
            canary,
            CanaryTest.begin(margin),
            after_seq=after_seq,
            answers_to=after_seq,
            opinions_to=(canary.since_s, ""),
            revision=revision,
        )

    def read_on(self, connection: Connection, until_s: float) -> bool:
        """Tells the test the next of what was recorded; False for the last of it.

        Looks at `ROWS_AT_A_TIME` of either kind at most, of opinions at those before `until_s`:
        long enough ago that nothing of before is still being written.
        """
        answers = self._answers(connection)
        for row in answers:
            self.answers_to = row["seq"]
            if self._is_of_this(row) and row["bad"] is not None and not row["is_repeated"]:
                self.test.answered(by_canary=row["by_canary"], bad=row["bad"])
        opinions = self._opinions(connection, until_s)
        voices = self._voices(connection, opinions)
        for row in opinions:
            self.opinions_to = row["given_at_s"], row["id"]
            self._hear(row, voices)
        return max(len(answers), len(opinions)) == ROWS_AT_A_TIME

    def _hear(self, row: RowMapping, voices: set[Voice]) -> None:
        """Nobody counts twice for being loud."""
        value = worth(row["score"], row["label"])
        if value is None or not row["answered"] or not self._is_of_this(row):
            return
        voice = Voice(row["key_id"], _day_of(row), row["by_canary"])
        # What an earlier test has marked is not this one's.
        marked = row["is_judged"] and not self.is_new
        is_judged = marked or row["conversation"] in self._judged
        if not row["is_drawn"] or is_judged or voice in voices:
            return
        voices.add(voice)
        self._judged.add(row["conversation"])
        self.counted[row["request_id"]] = voice
        self.test.judged(by_canary=row["by_canary"], bad=value < _WRONG_BELOW)

    def _is_of_this(self, row: RowMapping) -> bool:
        """Whether it is of this test, and not of one before or beside another champion."""
        canary = self.canary
        return bool(
            row["seq"] > self.after_seq
            and row["champion"] == canary.champion
            and row["recorded_at_s"] >= canary.since_s
        )

    def _answers(self, connection: Connection) -> Sequence[RowMapping]:
        """All of the canary's rows, whatever is in them: so it never reads the same twice."""
        before = canary_observations.alias()
        return (
            connection.execute(
                select(
                    _OBSERVED.seq,
                    _OBSERVED.recorded_at_s,
                    _OBSERVED.champion,
                    _OBSERVED.by_canary,
                    _OBSERVED.bad,
                    self._drawn(before, before.c.seq < _OBSERVED.seq).label("is_repeated"),
                )
                .where(_OBSERVED.canary == self.canary.key, _OBSERVED.seq > self.answers_to)
                .order_by(_OBSERVED.seq)
                .limit(ROWS_AT_A_TIME)
            )
            .mappings()
            .all()
        )

    def _opinions(self, connection: Connection, until_s: float) -> Sequence[RowMapping]:
        """All that was said of anything, for the same reason; of others `answered` is NULL."""
        at, given = feedback.c.given_at_s, feedback.c.id
        from_s, after = self.opinions_to
        drawn, judged = canary_observations.alias(), canary_observations.alias()
        is_this = and_(
            _OBSERVED.request_id == feedback.c.request_id, _OBSERVED.canary == self.canary.key
        )
        return (
            connection.execute(
                select(
                    at,
                    given,
                    feedback.c.key_id,
                    feedback.c.score,
                    feedback.c.label,
                    _OBSERVED.seq,
                    _OBSERVED.request_id,
                    _OBSERVED.recorded_at_s,
                    _OBSERVED.champion,
                    _OBSERVED.conversation,
                    _OBSERVED.by_canary,
                    _OBSERVED.answered,
                    self._drawn(drawn, drawn.c.by_canary == _OBSERVED.by_canary).label("is_drawn"),
                    self._same(judged, judged.c.judged_by.is_not(None)).label("is_judged"),
                )
                .outerjoin(canary_observations, is_this)
                .where(or_(at > from_s, and_(at == from_s, given > after)), at < until_s)
                .order_by(at, given)
                .limit(ROWS_AT_A_TIME)
            )
            .mappings()
            .all()
        )

    def _voices(self, connection: Connection, opinions: Iterable[RowMapping]) -> set[Voice]:
        """Who has been counted on the days of these opinions already."""
        here = set(self.counted.values())
        days = {_day_of(row) for row in opinions}
        if not days or self.is_new:
            return here
        counted = connection.execute(
            select(_OBSERVED.judged_by, _OBSERVED.judged_on, _OBSERVED.by_canary).where(
                _OBSERVED.canary == self.canary.key, _OBSERVED.judged_on.in_(sorted(days))
            )
        )
        return here | {Voice(*row) for row in counted}

    def _drawn(self, other: FromClause, *more: ColumnElement[bool]) -> ColumnElement[bool]:
        """Whether this test has been told, or will be, of such a row of the same conversation."""
        canary = self.canary
        return self._same(
            other,
            other.c.bad.is_not(None),
            other.c.champion == canary.champion,
            other.c.recorded_at_s >= canary.since_s,
            *more,
        )

    def _same(self, other: FromClause, *more: ColumnElement[bool]) -> ColumnElement[bool]:
        """Of this test's rows alone: those before it may be as many as its own are few."""
        return (
            select(other.c.seq)
            .where(
                other.c.canary == self.canary.key,
                other.c.conversation == _OBSERVED.conversation,
                other.c.seq > self.after_seq,
                *more,
            )
            .exists()
        )


def _day_of(row: RowMapping) -> int:
    return int(row["given_at_s"] // DAY_S)
