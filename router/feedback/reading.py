"""Feedback read back: of one request, of a time, and what each key said last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, RowMapping, and_, exists, or_, select
from sqlalchemy.exc import SQLAlchemyError

from router.audit.tables import decisions, outcomes
from router.domain import Json
from router.errors import LedgerUnavailable
from router.feedback.tables import feedback
from router.store.database import reading

_ROWS_AT_A_TIME = 1_000


@dataclass(frozen=True, slots=True)
class Given:
    """One row, with what is known of its request. `has_text`: one was kept, and may be gone."""

    id: str
    request_id: str
    given_at_s: float
    key_id: str
    team: str
    task: str | None
    model: str | None
    score: float | None
    label: str | None
    has_text: bool


class FeedbackShown:
    """What a record shows of the feedback to it: no texts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = reading(engine)

    def of_request(self, request_id: str) -> list[Json]:
        """Oldest first. Whoever asks may read the record. Blocks; raises LedgerUnavailable."""
        columns = feedback.c
        rows = select(feedback).where(columns.request_id == request_id)
        try:
            with self._engine.connect() as connection:
                found = connection.execute(rows.order_by(columns.given_at_s, columns.id)).mappings()
                return [_shown(row) for row in found]
        except SQLAlchemyError as error:
            raise LedgerUnavailable("Records cannot be read now.", retry_after_s=1) from error


def given(
    connection: Connection,
    from_s: float,
    to_s: float,
    *,
    team: str | None = None,
    latest: bool = False,
) -> Iterator[Given]:
    """What was given from `from_s` on and before `to_s`, oldest first; read as it is used.

    `latest`: of each key and request only what was said last, up to the end of that time.
    """
    said = feedback.c
    query = (
        select(
            said.id,
            said.request_id,
            said.given_at_s,
            said.key_id,
            said.score,
            said.label,
            said.text_part,
            decisions.c.team,
            decisions.c.task,
            outcomes.c.model,
        )
        .join(decisions, decisions.c.request_id == said.request_id)
        .outerjoin(outcomes, outcomes.c.request_id == said.request_id)
        .where(said.given_at_s >= from_s, said.given_at_s < to_s)
        .order_by(said.given_at_s, said.id)
    )
    if team is not None:
        query = query.where(decisions.c.team == team)
    if latest:
        later = feedback.alias("later")
        query = query.where(
            ~exists().where(
                later.c.request_id == said.request_id,
                later.c.key_id == said.key_id,
                later.c.given_at_s < to_s,
                or_(
                    later.c.given_at_s > said.given_at_s,
                    and_(later.c.given_at_s == said.given_at_s, later.c.id > said.id),
                ),
            )
        )
    rows = connection.execution_options(yield_per=_ROWS_AT_A_TIME).execute(query).mappings()
    for row in rows:
        yield Given(
            id=row["id"],
            request_id=row["request_id"],
            given_at_s=row["given_at_s"],
            key_id=row["key_id"],
            team=row["team"],
            task=row["task"],
            model=row["model"],
            score=row["score"],
            label=row["label"],
            has_text=row["text_part"] is not None,
        )


def _shown(row: RowMapping) -> Json:
    return {
        "id": row["id"],
        "given_at_s": row["given_at_s"],
        "key_id": row["key_id"],
        "score": row["score"],
        "label": row["label"],
        "text_kept": row["text_part"] is not None,
    }
