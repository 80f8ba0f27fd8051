"""Retention: what is past its maximum goes, unless a legal hold covers it.

What counts is what the policy says today, also of what was kept under an earlier one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, exists, select

from router.accounts.people.actor import CLUSTER
from router.audit.acts import Act, record_act
from router.audit.vault.erased import forget
from router.audit.vault.erasure import settle_erasures
from router.audit.vault.holds import key_is_held, text_is_held
from router.audit.vault.keys import destroy
from router.audit.vault.rules import VaultRules
from router.audit.vault.tables import vault_keys, vault_texts
from router.domain import DataClass
from router.protocols import Clock
from router.store.housekeeping import Progress

BATCH = 500
"""How many texts of a class go in one transaction: requests wait for that."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """`more`: there may be others that are due."""

    texts: int = 0
    keys: int = 0
    erasures: int = 0
    more: bool = False


class Retention:
    """A chore of housekeeping, which goes on where one go was not enough.

    `ended` is told when nothing more is due, what others have erased meanwhile included: then old
    bytes should leave the database's log (`WalTruncation.ask`).
    """

    def __init__(
        self,
        rules: Callable[[], VaultRules],
        clock: Clock,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._ended = ended

    def chore(self, connection: Connection) -> Progress:
        if prune(connection, self._rules(), self._clock.now_s()).more:
            return Progress.MORE
        self._ended()
        return Progress.DONE


def prune(connection: Connection, rules: VaultRules, now_s: float) -> Pruned:
    """Deletes what is due, a batch of each class; a recorded act where that was anything.

    With the last text of a request its own key is destroyed, too. Erasures that waited are done as
    far as they may be, a batch of each; and forgotten whom they were about, when nothing can come
    of them any more.
    """
    texts = keys = 0
    more = False
    for data_class in DataClass:
        gone, destroyed = _prune_class(connection, data_class, rules, now_s)
        texts += gone
        keys += destroyed
        more = more or gone == BATCH
    if texts:
        act = Act("vault.pruned", CLUSTER, details={"texts": texts, "keys": keys})
        record_act(connection, act, now_s)
    settled = settle_erasures(connection, rules, now_s)
    forget(connection, now_s)
    more = more or any(each.more for each in settled)
    return Pruned(texts, keys, sum(each.done for each in settled), more)


def _prune_class(
    connection: Connection, data_class: DataClass, rules: VaultRules, now_s: float
) -> tuple[int, int]:
    max_s = rules.max_s(data_class)
    if max_s is None:
        return 0, 0
    text = vault_texts.c
    due = (
        select(text.request_id, text.part, text.key_id)
        .where(text.data_class == data_class.label, text.requested_at_s <= now_s - max_s)
        .where(~text_is_held())
        .order_by(text.requested_at_s)
        .limit(BATCH)
    )
    rows = connection.execute(due).all()
    if not rows:
        return 0, 0
    connection.execute(
        delete(vault_texts).where(
            text.request_id == bindparam("of_request"), text.part == bindparam("of_part")
        ),
        [{"of_request": row.request_id, "of_part": row.part} for row in rows],
    )
    unused = select(vault_keys.c.id).where(
        vault_keys.c.id.in_({row.key_id for row in rows}),
        vault_keys.c.request_id.is_not(None),
        ~exists().where(text.key_id == vault_keys.c.id),
        ~key_is_held(),
    )
    key_ids = connection.scalars(unused).all()
    destroy(connection, key_ids, now_s)
    return len(rows), len(key_ids)
