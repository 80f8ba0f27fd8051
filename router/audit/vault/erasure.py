"""Erasure: a subject's key is destroyed, and with it everything that was sealed with it.

The log stays whole. Its digests remain, and nobody can check a guess against them any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from router.accounts.people.actor import CLUSTER, Actor
from router.accounts.people.permissions import Permission, require
from router.audit.acts import Act, record_act
from router.audit.vault.holds import OfRequest, OfSubject, key_is_held, text_is_held
from router.audit.vault.keys import destroy, slot_of
from router.audit.vault.reasons import given
from router.audit.vault.rules import VaultRules
from router.audit.vault.tables import vault_erasures, vault_keys, vault_texts
from router.domain import DataClass, JsonObject
from router.errors import RecordNotFound
from router.ids import new_id


@dataclass(frozen=True, slots=True)
class Erasure:
    """How far it has come. `done`: nothing is left, and the key is destroyed.

    Else `texts_left` have to stay, because of a legal hold (`held`) or until `until_s`, when the
    last minimum retention ends (None: no minimum is in the way).
    """

    id: str
    requested_at_s: float
    done: bool
    texts_left: int = 0
    held: bool = False
    until_s: float | None = None


def erase(
    connection: Connection,
    target: OfSubject | OfRequest,
    rules: VaultRules,
    *,
    actor: Actor,
    reason: str,
    now_s: float,
) -> Erasure:
    """Erases what may go now; the rest goes by itself when it may (`settle_erasures`).

    From now on nothing more is sealed with the key: what the subject sends later is not concerned.
    A recorded act, and another one when it is done. Raises RoleRequired, ValueError for no reason,
    RecordNotFound where nothing is held of the subject or request.
    """
    require(actor, Permission.ERASE_SUBJECTS)
    row: dict[str, Any] = {
        "id": new_id(),
        "key_id": _key_id(connection, target),
        "team": target.team if isinstance(target, OfSubject) else None,
        "subject": target.subject if isinstance(target, OfSubject) else None,
        "request_id": target.request_id if isinstance(target, OfRequest) else None,
        "requested_by": actor.name,
        "requested_at_s": now_s,
        "done_at_s": None,
    }
    if row["key_id"] is None and not connection.scalar(_count(_concerned(row))):
        raise RecordNotFound("The vault has nothing of this subject or request.")
    detached = update(vault_keys).where(vault_keys.c.id == row["key_id"]).values(slot=None)
    connection.execute(detached)
    connection.execute(insert(vault_erasures), [row])
    # Not the subject: see `place_hold`.
    said = ("team", "request_id", "key_id")
    details: JsonObject = {"erasure": row["id"], **{name: row[name] for name in said if row[name]}}
    record_act(
        connection, Act("vault.erasure_requested", actor.name, given(reason), details), now_s
    )
    return _settle(connection, row, rules, now_s)


def settle_erasures(connection: Connection, rules: VaultRules, now_s: float) -> int:
    """Takes those that wait as far as they may go now; returns how many were done."""
    return sum(_settle(connection, row, rules, now_s).done for row in _waiting(connection))


def pending_erasures(connection: Connection, rules: VaultRules, now_s: float) -> list[Erasure]:
    """Those that are not done, oldest first, and what is in their way."""
    return [_state(connection, row, rules, now_s) for row in _waiting(connection)]


def _waiting(connection: Connection) -> Sequence[RowMapping]:
    undone = select(vault_erasures).where(vault_erasures.c.done_at_s.is_(None))
    return connection.execute(undone.order_by(vault_erasures.c.requested_at_s)).mappings().all()


def _settle(
    connection: Connection, row: RowMapping | dict[str, Any], rules: VaultRules, now_s: float
) -> Erasure:
    may_go = and_(_concerned(row), ~text_is_held(), ~_too_young(rules, now_s))
    deleted = connection.execute(delete(vault_texts).where(may_go)).rowcount
    state = _state(connection, row, rules, now_s)
    if state.done:
        if row["key_id"] is not None:
            destroy(connection, [row["key_id"]], now_s)
        ended = update(vault_erasures).where(vault_erasures.c.id == row["id"])
        connection.execute(ended.values(done_at_s=now_s, subject=None))
        details: JsonObject = {"erasure": row["id"], "key_id": row["key_id"]}
        record_act(connection, Act("vault.erased", CLUSTER, details=details), now_s)
    elif deleted:
        details = {"erasure": row["id"], "texts": deleted, "texts_left": state.texts_left}
        record_act(connection, Act("vault.erased_in_part", CLUSTER, details=details), now_s)
    return state


def _state(
    connection: Connection, row: RowMapping | dict[str, Any], rules: VaultRules, now_s: float
) -> Erasure:
    concerned = _concerned(row)
    held = bool(connection.scalar(_count(concerned, text_is_held())))
    if row["key_id"] is not None:
        of_key = select(vault_keys.c.id).where(vault_keys.c.id == row["key_id"], key_is_held())
        held = held or connection.execute(of_key).first() is not None
    left = connection.scalar(_count(concerned)) or 0
    return Erasure(
        id=row["id"],
        requested_at_s=row["requested_at_s"],
        done=not left and not held,
        texts_left=left,
        held=held,
        until_s=_last_minimum_s(connection, concerned, rules, now_s),
    )


def _last_minimum_s(
    connection: Connection, concerned: ColumnElement[bool], rules: VaultRules, now_s: float
) -> float | None:
    newest = func.max(vault_texts.c.requested_at_s)
    by_class = (
        select(vault_texts.c.data_class, newest)
        .where(concerned, _too_young(rules, now_s))
        .group_by(vault_texts.c.data_class)
    )
    return max(
        (
            requested_at_s + rules.min_s(DataClass.from_label(label))
            for label, requested_at_s in connection.execute(by_class)
        ),
        default=None,
    )


def _concerned(row: RowMapping | dict[str, Any]) -> ColumnElement[bool]:
    """Of a row of `vault_texts`: it is to go. Under a team's key texts go one by one."""
    text = vault_texts.c
    if row["request_id"] is not None:
        return and_(text.request_id == row["request_id"])
    team_keys = select(vault_keys.c.id).where(
        vault_keys.c.team == row["team"],
        vault_keys.c.subject.is_(None),
        vault_keys.c.request_id.is_(None),
    )
    one_by_one = and_(
        text.team == row["team"],
        text.subject == row["subject"],
        text.requested_at_s <= row["requested_at_s"],
        text.key_id.in_(team_keys),
    )
    return or_(one_by_one, text.key_id == row["key_id"]) if row["key_id"] else one_by_one


def _too_young(rules: VaultRules, now_s: float) -> ColumnElement[bool]:
    """Of a row of `vault_texts`: its class's minimum retention is not over."""
    minima = {data_class: rules.min_s(data_class) for data_class in DataClass}
    text = vault_texts.c
    return or_(
        false(),
        *(
            and_(text.data_class == data_class.label, text.requested_at_s > now_s - min_s)
            for data_class, min_s in minima.items()
            if min_s
        ),
    )


def _key_id(connection: Connection, target: OfSubject | OfRequest) -> str | None:
    """The key that is the target's alone."""
    if isinstance(target, OfSubject):
        found = vault_keys.c.slot == slot_of(target.team, target.subject)
    else:
        # One whose erasure waits has no other to come.
        waiting = select(vault_erasures.c.key_id).where(vault_erasures.c.key_id.is_not(None))
        found = and_(
            vault_keys.c.request_id == target.request_id,
            vault_keys.c.wrapped.is_not(None),
            vault_keys.c.id.not_in(waiting),
        )
    return connection.scalar(select(vault_keys.c.id).where(found))


def _count(*conditions: ColumnElement[bool]) -> Any:
    return select(func.count()).select_from(vault_texts).where(*conditions)
