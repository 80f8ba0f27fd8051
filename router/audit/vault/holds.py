"""Legal holds: what must not go, whatever retention or a subject says, until somebody lifts it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, insert, or_, select, update

from router.accounts.people.actor import Actor
from router.accounts.people.permissions import Permission, require
from router.audit.acts import Act, record_act
from router.audit.entries import EntryKind
from router.audit.tables import audit_entries
from router.audit.vault.reasons import given
from router.audit.vault.tables import vault_holds, vault_keys, vault_texts
from router.domain import JsonObject
from router.errors import RecordNotFound
from router.ids import new_id

_SCOPE = ("request_id", "key_id", "team", "subject", "from_s", "to_s")


@dataclass(frozen=True, slots=True)
class OfRequest:
    request_id: str


@dataclass(frozen=True, slots=True)
class OfSubject:
    """`subject` is the digest of the name (`SubjectNames.digest`)."""

    team: str
    subject: str


@dataclass(frozen=True, slots=True)
class OfTime:
    """A team's requests from `from_s` on and before `to_s`, seconds since the epoch."""

    team: str
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold, live until `lifted_at_s`."""

    id: str
    covers: OfRequest | OfSubject | OfTime
    reason: str
    placed_by: str
    placed_at_s: float
    lifted_at_s: float | None


def place_hold(
    connection: Connection,
    covers: OfRequest | OfSubject | OfTime,
    *,
    actor: Actor,
    reason: str,
    now_s: float,
) -> str:
    """Holds what is covered now and what will be; returns the hold's id. A recorded act.

    Raises RoleRequired, RecordNotFound for a request that nobody knows, ValueError for no reason or
    a time that ends before it begins.
    """
    require(actor, Permission.PLACE_HOLDS)
    row: dict[str, Any] = dict.fromkeys(_SCOPE)
    match covers:
        case OfRequest(request_id):
            row |= {"request_id": request_id, "key_id": key_of_request(connection, request_id)}
        case OfSubject(team, subject):
            row |= {"team": team, "subject": subject}
        case OfTime(team, from_s, to_s):
            if not from_s < to_s:
                raise ValueError("a hold ends after it begins: exchange --from and --to")
            row |= {"team": team, "from_s": from_s, "to_s": to_s}
    hold_id = new_id()
    row |= {"id": hold_id, "reason": given(reason), "placed_by": actor.name, "placed_at_s": now_s}
    connection.execute(insert(vault_holds), [row])
    # Not the subject: the log is for ever, and an erasure must not leave a name's digest there.
    said = ("request_id", "team", "from_s", "to_s")
    details: JsonObject = {"hold": hold_id, **{name: row[name] for name in said if row[name]}}
    record_act(connection, Act("vault.hold_placed", actor.name, reason, details), now_s)
    return hold_id


def lift_hold(
    connection: Connection, hold_id: str, *, actor: Actor, reason: str, now_s: float
) -> None:
    """A recorded act. What was only held goes with the next housekeeping.

    Raises RoleRequired, RecordNotFound where no such hold is live, ValueError for no reason.
    """
    require(actor, Permission.PLACE_HOLDS)
    act = Act("vault.hold_lifted", actor.name, given(reason), {"hold": hold_id})
    live = (vault_holds.c.id == hold_id) & vault_holds.c.lifted_at_s.is_(None)
    if connection.execute(update(vault_holds).where(live).values(lifted_at_s=now_s)).rowcount == 0:
        raise RecordNotFound(
            "There is no such hold that is not lifted already: `ringfence vault hold list`."
        )
    record_act(connection, act, now_s)


def list_holds(connection: Connection) -> list[Hold]:
    """All of them, oldest first, lifted ones included."""
    rows = connection.execute(select(vault_holds).order_by(vault_holds.c.placed_at_s)).mappings()
    return [
        Hold(
            id=row["id"],
            covers=_covers(dict(row)),
            reason=row["reason"],
            placed_by=row["placed_by"],
            placed_at_s=row["placed_at_s"],
            lifted_at_s=row["lifted_at_s"],
        )
        for row in rows
    ]


def text_is_held() -> ColumnElement[bool]:
    """Of a row of `vault_texts`: a live hold covers it."""
    hold, held = vault_holds.c, vault_texts.c
    return exists().where(
        hold.lifted_at_s.is_(None),
        or_(
            hold.request_id == held.request_id,
            and_(hold.team == held.team, hold.subject == held.subject),
            and_(
                hold.team == held.team,
                hold.from_s <= held.requested_at_s,
                held.requested_at_s < hold.to_s,
            ),
        ),
    )


def key_is_held() -> ColumnElement[bool]:
    """Of a row of `vault_keys`: digests under it belong, or may belong, to what is covered.

    When a shared key was used is not known where no text was kept: it is held by every time that
    does not end before it was made.
    """
    hold, held = vault_holds.c, vault_keys.c
    return exists().where(
        hold.lifted_at_s.is_(None),
        or_(
            hold.key_id == held.id,
            and_(hold.team == held.team, hold.subject == held.subject),
            and_(
                hold.team == held.team,
                held.created_at_s < hold.to_s,
                or_(held.request_id.is_(None), hold.from_s <= held.created_at_s),
            ),
        ),
    )


def key_of_request(connection: Connection, request_id: str) -> str:
    """The id of the key that its digests are under, from its decision. Raises RecordNotFound."""
    kind = audit_entries.c.kind == EntryKind.DECISION.value
    of_request = select(audit_entries.c.body).where(audit_entries.c.request_id == request_id, kind)
    body = connection.scalar(of_request)
    if body is None:
        raise RecordNotFound("There is no record of this request, or its segment has been pruned.")
    key_id: str = json.loads(body)["vault_key"]
    return key_id


def _covers(row: dict[str, Any]) -> OfRequest | OfSubject | OfTime:
    if row["request_id"] is not None:
        return OfRequest(row["request_id"])
    if row["subject"] is not None:
        return OfSubject(row["team"], row["subject"])
    return OfTime(row["team"], row["from_s"], row["to_s"])
