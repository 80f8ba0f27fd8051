"""What has been erased stays so: requests that were under way meanwhile write nothing of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, String, and_, bindparam, exists, or_, select, update

from router.accounts.limits.admission import LONGEST_REQUEST_S
from router.audit.vault.rules import SECONDS_PER_DAY
from router.audit.vault.sealed import Sealer
from router.audit.vault.tables import vault_erasures, vault_keys

REMEMBERED_S = LONGEST_REQUEST_S + SECONDS_PER_DAY
"""For how long a request of before an erasure may still write: as long as the longest takes, and
the day for which a gateway that cannot reach the database may owe it what has happened."""

CLOCKS_APART_S = LONGEST_REQUEST_S
"""By how much a clock may be ahead. An erasure is as young as what it found: where that came from
far in the future, what is requested later is not refused until then."""

_erasure = vault_erasures.c
# An erasure that waits lets a text in: what is held or too young has to stay, and goes with it.
_ERASED = exists().where(
    _erasure.requested_at_s >= bindparam("requested_at_s"),
    _erasure.done_at_s >= bindparam("requested_at_s") - CLOCKS_APART_S,
    or_(
        _erasure.request_id == bindparam("request_id", type_=String),
        and_(
            _erasure.team == bindparam("team", type_=String),
            _erasure.subject == bindparam("subject", type_=String),
        ),
        and_(_erasure.team == bindparam("team", type_=String), _erasure.whole_team.is_(True)),
    ),
)
_IS_ERASED = select(_ERASED)
_MAY_BE_KEPT = select(vault_keys.c.id).where(
    vault_keys.c.id == bindparam("key_id"), vault_keys.c.wrapped.is_not(None), ~_ERASED
)


def is_erased(connection: Connection, sealer: Sealer) -> bool:
    """A finished erasure concerns this record, whose key nobody has written yet."""
    return bool(connection.scalar(_IS_ERASED, _said(sealer)))


def may_be_kept(connection: Connection, sealer: Sealer) -> bool:
    """The record's key is there and lives, and no finished erasure concerns the record."""
    said = {"key_id": sealer.key.id, **_said(sealer)}
    return connection.execute(_MAY_BE_KEPT, said).first() is not None


def forget(connection: Connection, now_s: float) -> None:
    """Blanks subjects of finished erasures that no request can be under way of any more."""
    over = _erasure.requested_at_s < now_s - REMEMBERED_S
    finished = update(vault_erasures).where(over, _erasure.done_at_s.is_not(None))
    connection.execute(finished.where(_erasure.subject.is_not(None)).values(subject=None))


def _said(sealer: Sealer) -> dict[str, Any]:
    """By its time, whatever its key is: one that was made since may be found by who came before."""
    return {
        "requested_at_s": sealer.requested_at_s,
        "request_id": sealer.request_id,
        "team": sealer.team,
        "subject": sealer.subject,
    }
