"""Reading records back: what `GET /v1/records/{id}` answers."""

from __future__ import annotations

from sqlalchemy import Engine, RowMapping, select
from sqlalchemy.exc import SQLAlchemyError

from router.audit.tables import decisions, outcomes
from router.domain import JsonObject
from router.errors import LedgerUnavailable, RecordNotFound
from router.store.database import reading

OPEN = "open"
"""The status of a record whose outcome is not written: under way, or lost with its process."""


class Records:
    def __init__(self, engine: Engine) -> None:
        self._engine = reading(engine)

    def read(self, request_id: str, team: str) -> JsonObject:
        """The whole record of one request of this team. Blocks on the database.

        Raises RecordNotFound, also for another team's: that it exists is not theirs to know; and
        LedgerUnavailable.
        """
        mine = (decisions.c.request_id == request_id) & (decisions.c.team == team)
        finished = select(outcomes).where(outcomes.c.request_id == request_id)
        try:
            with self._engine.connect() as connection:
                decision = connection.execute(select(decisions).where(mine)).mappings().first()
                outcome = connection.execute(finished).mappings().first()
        except SQLAlchemyError as error:
            raise LedgerUnavailable("Records cannot be read now.", retry_after_s=1) from error
        if decision is None:
            raise RecordNotFound("There is no record of this id that your key may read.")
        return _record(decision, outcome)


def _record(decision: RowMapping, outcome: RowMapping | None) -> JsonObject:
    record: JsonObject = {"object": "ringfence.record", "id": decision["request_id"]}
    record |= {key: value for key, value in decision.items() if key != "request_id"}
    record["status"] = OPEN if outcome is None else outcome["status"]
    if outcome is not None:
        details = {k: v for k, v in outcome.items() if k not in ("request_id", "recorded_at_s")}
        details["finished_at_s"] = outcome["recorded_at_s"]
        details["cost_usd"] = outcome["cost_nano_usd"] / 1e9
        record["outcome"] = details
    return record
