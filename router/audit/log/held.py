"""Legal holds on the log: what a hold covers keeps its bodies, too, until the hold is lifted."""

from __future__ import annotations

from sqlalchemy import Connection, Select, and_, select

from router.audit.log.tables import log_leaves
from router.audit.tables import audit_entries, decisions
from router.audit.vault.tables import vault_holds, vault_texts

_hold, _text = vault_holds.c, vault_texts.c
_IS_LIVE = _hold.lifted_at_s.is_(None)
_PLACES = log_leaves.join(audit_entries, audit_entries.c.id == log_leaves.c.entry_id)


def any_hold(connection: Connection) -> bool:
    return connection.execute(select(_hold.id).where(_IS_LIVE).limit(1)).first() is not None


def is_held(connection: Connection, first_seq: int, end_seq: int) -> bool:
    """Whether a live hold covers a request with an entry from `first_seq` to before `end_seq`.

    Entries name no subject: a hold of one covers the requests of theirs that have a text in the
    vault. A time is the decision's. Looks through the places, up to the first that is held.
    """
    here = and_(log_leaves.c.seq >= first_seq, log_leaves.c.seq < end_seq, _IS_LIVE)
    ways = (_of_requests(), _of_subjects(), _of_times())
    return any(connection.execute(way.where(here).limit(1)).first() is not None for way in ways)


# Joined, however many there are: a condition for each would be too long a statement.


def _of_requests() -> Select[tuple[int]]:
    source = _PLACES.join(vault_holds, _hold.request_id == audit_entries.c.request_id)
    return select(log_leaves.c.seq).select_from(source)


def _of_subjects() -> Select[tuple[int]]:
    theirs = and_(_hold.team == _text.team, _hold.subject == _text.subject)
    texts = _PLACES.join(vault_texts, _text.request_id == audit_entries.c.request_id)
    return select(log_leaves.c.seq).select_from(texts.join(vault_holds, theirs))


def _of_times() -> Select[tuple[int]]:
    within = and_(
        _hold.team == decisions.c.team,
        decisions.c.recorded_at_s >= _hold.from_s,
        decisions.c.recorded_at_s < _hold.to_s,
    )
    decided = _PLACES.join(decisions, decisions.c.request_id == audit_entries.c.request_id)
    return select(log_leaves.c.seq).select_from(decided.join(vault_holds, within))
