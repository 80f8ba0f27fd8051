"""Reading on what came of a canary's and its champion's requests, from where it was read to.

Requests count for the version that was to be tried first, whichever answered in the end: a canary
that fails and leaves its requests to its champion has failed them. Only those count that could have
gone to either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time

from sqlalchemy import Connection, RowMapping, and_, or_, select

from router.audit.tables import decisions, outcomes
from router.domain import Endpoint
from router.feedback.feedback import worth
from router.feedback.tables import feedback
from router.registry.canary import canary_of
from router.registry.registry import Registry
from router.trials.bad_answer import failed_it
from router.trials.canary_test import CanaryTest

LONGEST_REQUEST_S = 3_600.0
"""From a decision to its outcome, at most: it bounds what has to be looked through."""
ROWS_AT_A_TIME = 2_000
"""Tens of milliseconds of a gateway's time, which has requests to answer meanwhile."""
_WRONG_BELOW = 0.5


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


@dataclass(slots=True)
class Evaluation:
    """One canary's test, and up to where it has been told.

    Answers and opinions are each told in the order in which they were recorded, so that every
    gateway comes to the same.
    """

    canary: Canary
    test: CanaryTest
    _answers_to: tuple[float, str] = field(init=False)
    _opinions_to: tuple[float, str] = field(init=False)
    _judged: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self._answers_to = self._opinions_to = (self.canary.since_s, "")

    def read_on(self, connection: Connection, until_s: float) -> bool:
        """Tells the test the next of what was recorded before `until_s`; False for the last of it.

        `until_s` is long enough ago that nothing of before is still being written: what comes later
        with an earlier time is not counted.
        """
        answers = self._answers(connection, until_s)
        for row in answers:
            self._answers_to = row["recorded_at_s"], row["request_id"]
            version = self._version_of(row)
            if version is None:
                continue
            bad = failed_it(
                version, row["status"], row["error_code"], row["model"], row["attempts"]
            )
            if bad is not None:
                self.test.answered(by_canary=version == self.canary.key, bad=bad)
        opinions = self._opinions(connection, until_s)
        for row in opinions:
            self._opinions_to = row["given_at_s"], row["id"]
            self._hear(row)
        return max(len(answers), len(opinions)) == ROWS_AT_A_TIME

    def _hear(self, row: RowMapping) -> None:
        """The first that is said of an answer: nobody counts twice for being loud."""
        version, value = self._version_of(row), worth(row["score"], row["label"])
        if version is None or version != row["model"] or value is None:
            return
        if row["request_id"] not in self._judged:
            self._judged.add(row["request_id"])
            self.test.judged(by_canary=version == self.canary.key, bad=value < _WRONG_BELOW)

    def _version_of(self, row: RowMapping) -> str | None:
        """The one of the two that the request was for; None for a request of anything else."""
        key, champion = self.canary.key, self.canary.champion
        first = row["plan"][0] if row["plan"] else None
        if first not in (key, champion) or not {key, champion} <= set(row["permitted"]):
            return None
        # Who names the canary was not drawn for it; vectors have no canaries.
        if row["choice"] == key or row["endpoint"] == Endpoint.EMBEDDINGS.value:
            return None
        return str(first)

    def _answers(self, connection: Connection, until_s: float) -> Sequence[RowMapping]:
        at, request_id = outcomes.c.recorded_at_s, outcomes.c.request_id
        from_s, after = self._answers_to
        return (
            connection.execute(
                select(
                    at,
                    request_id,
                    outcomes.c.status,
                    outcomes.c.error_code,
                    outcomes.c.model,
                    outcomes.c.attempts,
                    *_OF_THE_DECISION,
                )
                .join(decisions, decisions.c.request_id == request_id)
                .where(
                    decisions.c.recorded_at_s
                    >= max(self.canary.since_s, from_s - LONGEST_REQUEST_S),
                    or_(at > from_s, and_(at == from_s, request_id > after)),
                    at < until_s,
                )
                .order_by(at, request_id)
                .limit(ROWS_AT_A_TIME)
            )
            .mappings()
            .all()
        )

    def _opinions(self, connection: Connection, until_s: float) -> Sequence[RowMapping]:
        at, given = feedback.c.given_at_s, feedback.c.id
        from_s, after = self._opinions_to
        return (
            connection.execute(
                select(
                    at,
                    given,
                    feedback.c.request_id,
                    feedback.c.score,
                    feedback.c.label,
                    outcomes.c.model,
                    *_OF_THE_DECISION,
                )
                .join(decisions, decisions.c.request_id == feedback.c.request_id)
                .join(outcomes, outcomes.c.request_id == feedback.c.request_id)
                .where(
                    decisions.c.recorded_at_s >= self.canary.since_s,
                    or_(at > from_s, and_(at == from_s, given > after)),
                    at < until_s,
                )
                .order_by(at, given)
                .limit(ROWS_AT_A_TIME)
            )
            .mappings()
            .all()
        )


_OF_THE_DECISION = (
    decisions.c.plan,
    decisions.c.permitted,
    decisions.c.choice,
    decisions.c.endpoint,
)
