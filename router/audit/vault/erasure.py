"""Erasure: keys are destroyed, and with them everything that was sealed with them.

The log stays whole. Its digests remain, and nobody can check a guess against them any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    exists,
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
from router.audit.tables import decisions
from router.audit.vault.erased import REMEMBERED_S
from router.audit.vault.erasure_scope import (
    Row,
    Target,
    can_come,
    columns_of,
    coming_is_held,
    concerned_keys,
    concerned_texts,
    is_under_way,
    keys_of,
    texts_of,
    waiting_for,
)
from router.audit.vault.holds import key_is_held, text_is_held
from router.audit.vault.keys import destroy
from router.audit.vault.reasons import given
from router.audit.vault.rules import VaultRules
from router.audit.vault.tables import vault_erasures, vault_keys, vault_texts
from router.domain import DataClass, JsonObject
from router.errors import RecordNotFound
from router.ids import new_id

BATCH = 500
"""How many texts, and how many keys, go in one transaction: requests wait for that."""


UNKNOWN = "The vault has nothing of them: see that the names are what requests had in them."


@dataclass(frozen=True, slots=True)
class Erasure:
    """How far it has come; `texts_erased` and `keys_destroyed` are of this go alone.

    `done`: nothing is left that was requested until `requested_at_s`, nor will be. Else there are
    `texts_left` that have to stay, because of a legal hold (`held`, which may keep a key alone, or
    what is under way) or until `until_s`, when the last minimum retention ends (None: no minimum is
    in the way). `more`: a batch is done, and the next one may be; what is left was not counted yet.
    """

    id: str
    requested_at_s: float
    done: bool
    texts_erased: int = 0
    keys_destroyed: int = 0
    texts_left: int = 0
    held: bool = False
    until_s: float | None = None
    more: bool = False


def erase(
    connection: Connection,
    target: Target,
    rules: VaultRules,
    *,
    actor: Actor,
    reason: str,
    now_s: float,
) -> Erasure:
    """Erases a first batch of what may go now; `settle` goes on, and housekeeping by itself.

    What is requested later is not concerned: it is sealed with another key. While an erasure of the
    same target waits, this is that one, asked for again: what came since is concerned, too. Where
    nothing is held of the target it is remembered as any other: an answer may be under way that
    would be the first. A recorded act, and another one when it is done. Raises RoleRequired,
    ValueError for no reason, RecordNotFound where nothing is held and nothing can come.
    """
    require(actor, Permission.ERASE_SUBJECTS)
    why = given(reason)
    if not (can_come(target) or is_known(connection, target)):
        raise RecordNotFound(UNKNOWN)
    row = _asked_for(connection, target, actor, now_s)
    # Not the subject: see `place_hold`.
    said = ("team", "request_id", "key_id")
    details: JsonObject = {"erasure": row["id"], **{name: row[name] for name in said if row[name]}}
    record_act(connection, Act("vault.erasure_requested", actor.name, why, details), now_s)
    return _settle(connection, row, rules, now_s)


def settle(connection: Connection, erasure_id: str, rules: VaultRules, now_s: float) -> Erasure:
    """Takes one a batch further; housekeeping may have ended it meanwhile."""
    of_id = select(vault_erasures).where(vault_erasures.c.id == erasure_id)
    row = connection.execute(of_id).mappings().one()
    if row["done_at_s"] is not None:
        return Erasure(row["id"], row["requested_at_s"], done=True)
    return _settle(connection, row, rules, now_s)


def settle_erasures(connection: Connection, rules: VaultRules, now_s: float) -> list[Erasure]:
    """Takes those that wait a batch further, as far as they may go now."""
    return [_settle(connection, row, rules, now_s) for row in _waiting(connection)]


def pending_erasures(connection: Connection, rules: VaultRules, now_s: float) -> list[Erasure]:
    """Those that are not done, oldest first, and what is in their way."""
    return [_state(connection, row, rules, now_s) for row in _waiting(connection)]


def _waiting(connection: Connection) -> Sequence[RowMapping]:
    undone = select(vault_erasures).where(vault_erasures.c.done_at_s.is_(None))
    return connection.execute(undone.order_by(vault_erasures.c.requested_at_s)).mappings().all()


def _asked_for(connection: Connection, target: Target, actor: Actor, now_s: float) -> Row:
    """The row of the erasure that waits, or a new one; its keys are out of use from here on."""
    columns = columns_of(target)
    key_id = None
    if not columns["whole_team"]:
        ids = select(vault_keys.c.id).where(keys_of(columns))
        key_id = connection.scalar(ids.order_by(vault_keys.c.id.desc()))
    changes = {
        "key_id": key_id,
        "requested_at_s": max([now_s, *_newest_s(connection, columns)]),
    }
    in_use = and_(keys_of(columns), vault_keys.c.slot.is_not(None))
    connection.execute(update(vault_keys).where(in_use).values(slot=None))
    found = select(vault_erasures).where(waiting_for(columns))
    waiting = connection.execute(found).mappings().first()
    if waiting is None:
        row = {"id": new_id(), **columns, **changes, "requested_by": actor.name, "done_at_s": None}
        connection.execute(insert(vault_erasures), [row])
        return row
    changes["key_id"] = key_id or waiting["key_id"]
    again = update(vault_erasures).where(vault_erasures.c.id == waiting["id"])
    connection.execute(again.values(**changes))
    return {**waiting, **changes}


def is_known(connection: Connection, target: Target) -> bool:
    """Whether there is anything of the target: a text, a key, or the one request under way."""
    columns = columns_of(target)
    held = or_(
        exists().where(texts_of(columns)), exists().where(keys_of(columns)), is_under_way(columns)
    )
    return bool(connection.scalar(select(held)))


def _newest_s(connection: Connection, columns: Row) -> list[float]:
    """What is there has been there before, even if the clock of another host was ahead."""
    text = select(func.max(vault_texts.c.requested_at_s)).where(texts_of(columns))
    key = select(func.max(vault_keys.c.created_at_s)).where(keys_of(columns))
    decision = select(decisions.c.recorded_at_s).where(
        decisions.c.request_id == columns["request_id"]
    )
    found = [connection.scalar(newest) for newest in (text, key, decision)]
    return [at_s for at_s in found if at_s is not None]


def _settle(connection: Connection, row: Row, rules: VaultRules, now_s: float) -> Erasure:
    texts = _delete_texts(connection, row, rules, now_s)
    keys = _destroy_keys(connection, row, now_s)
    if BATCH in (texts, keys):
        state = Erasure(row["id"], row["requested_at_s"], done=False, more=True)
    else:
        state = _state(connection, row, rules, now_s)
    details: JsonObject = {"erasure": row["id"], "texts": texts, "keys": keys}
    if state.done:
        ended = update(vault_erasures).where(vault_erasures.c.id == row["id"])
        connection.execute(ended.values(done_at_s=now_s))
        details |= {"key_id": row["key_id"]}
        record_act(connection, Act("vault.erased", CLUSTER, details=details), now_s)
    elif texts or keys:
        record_act(connection, Act("vault.erased_in_part", CLUSTER, details=details), now_s)
    return replace(state, texts_erased=texts, keys_destroyed=keys)


def _delete_texts(connection: Connection, row: Row, rules: VaultRules, now_s: float) -> int:
    text = vault_texts.c
    may_go = and_(concerned_texts(row), ~text_is_held(), ~_too_young(rules, now_s))
    rows = connection.execute(select(text.request_id, text.part).where(may_go).limit(BATCH)).all()
    if rows:
        connection.execute(
            delete(vault_texts).where(
                text.request_id == bindparam("of_request"), text.part == bindparam("of_part")
            ),
            [{"of_request": each.request_id, "of_part": each.part} for each in rows],
        )
    return len(rows)


def _destroy_keys(connection: Connection, row: Row, now_s: float) -> int:
    unused = ~exists().where(vault_texts.c.key_id == vault_keys.c.id)
    may_go = and_(concerned_keys(row), unused, ~key_is_held())
    key_ids = connection.scalars(select(vault_keys.c.id).where(may_go).limit(BATCH)).all()
    if key_ids:
        destroy(connection, key_ids, now_s)
    return len(key_ids)


def _state(connection: Connection, row: Row, rules: VaultRules, now_s: float) -> Erasure:
    concerned = concerned_texts(row)
    left = connection.scalar(_count(vault_texts, concerned)) or 0
    held = connection.scalar(_count(vault_texts, concerned, text_is_held()))
    held_keys = connection.scalar(_count(vault_keys, concerned_keys(row), key_is_held()))
    # Done, it would keep out what the hold wants kept.
    waits = _may_come(row, now_s) and connection.scalar(select(coming_is_held(row)))
    return Erasure(
        id=row["id"],
        requested_at_s=row["requested_at_s"],
        done=not (left or held_keys or waits),
        texts_left=left,
        held=bool(held or held_keys or waits),
        until_s=_last_minimum_s(connection, concerned, rules, now_s),
    )


def _may_come(row: Row, now_s: float) -> bool:
    """Whether a request of before it may still write; of a request alone, its key says."""
    return row["request_id"] is None and now_s <= row["requested_at_s"] + REMEMBERED_S


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


def _count(table: Table, *conditions: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(table).where(*conditions)
