"""Legal holds on the log: what a hold covers keeps its bodies, too, until the hold is lifted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, or_, select

from router.audit.log.tables import log_leaves
from router.audit.tables import audit_entries, decisions
from router.audit.vault.tables import vault_holds, vault_texts

Hold = Row[Any]
"""A row of `vault_holds`."""

_PLACES = log_leaves.join(audit_entries, audit_entries.c.id == log_leaves.c.entry_id)


def live_holds(connection: Connection) -> Sequence[Hold]:
    return connection.execute(select(vault_holds).where(vault_holds.c.lifted_at_s.is_(None))).all()


def is_held(connection: Connection, holds: Sequence[Hold], first_seq: int, end_seq: int) -> bool:
    """Whether one of the holds covers a request with an entry from `first_seq` to before `end_seq`.

    Entries name no subject: a hold of one covers the requests of theirs that have a text in the
    vault. A time is the decision's. Looks through the places, up to the first that is held.
    """
    here = and_(log_leaves.c.seq >= first_seq, log_leaves.c.seq < end_seq)
    ways = (_of_requests(holds), _of_subjects(holds), _of_times(holds))
    return any(
        connection.execute(way.where(here).limit(1)).first() is not None
        for way in ways
        if way is not None
    )


def _of_requests(holds: Sequence[Hold]) -> Select[tuple[int]] | None:
    held = [hold.request_id for hold in holds if hold.request_id is not None]
    if not held:
        return None
    return _places().where(audit_entries.c.request_id.in_(held))


def _of_subjects(holds: Sequence[Hold]) -> Select[tuple[int]] | None:
    text = vault_texts.c
    theirs = [
        and_(text.team == hold.team, text.subject == hold.subject)
        for hold in holds
        if hold.subject is not None
    ]
    if not theirs:
        return None
    held = select(text.request_id).where(or_(*theirs))
    return _places().where(audit_entries.c.request_id.in_(held))


def _of_times(holds: Sequence[Hold]) -> Select[tuple[int]] | None:
    decided = [
        and_(
            decisions.c.team == hold.team,
            decisions.c.recorded_at_s >= hold.from_s,
            decisions.c.recorded_at_s < hold.to_s,
        )
        for hold in holds
        if hold.from_s is not None
    ]
    if not decided:
        return None
    same = decisions.c.request_id == audit_entries.c.request_id
    source = _PLACES.join(decisions, same)
    return select(log_leaves.c.seq).select_from(source).where(or_(*decided))


def _places() -> Select[tuple[int]]:
    return select(log_leaves.c.seq).select_from(_PLACES)
