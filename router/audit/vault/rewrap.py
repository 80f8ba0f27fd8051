"""Rotation of the master key: every key of the vault under the new one, no text touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Engine, and_, bindparam, func, select, update

from router.accounts.people.actor import Actor
from router.accounts.people.permissions import Permission, require
from router.audit.acts import Act, record_act
from router.audit.vault.errors import KeyUnavailable
from router.audit.vault.reasons import given
from router.audit.vault.tables import vault_keys
from router.audit.vault.wrapping import KeyWrapper, Wrapped
from router.domain import JsonObject
from router.protocols import Clock

BATCH = 500


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """`unavailable` keys are under master keys that are not at hand, and stay as they are."""

    keys: int
    unavailable: int


def rewrap(
    engine: Engine,
    wrapper: KeyWrapper,
    *,
    actor: Actor,
    reason: str,
    clock: Clock,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Rewrapped:
    """Wraps what another master key wraps with the wrapper's current one. Blocks.

    In transactions of a few hundred keys: it can be cut off and begun again, and gateways go on
    meanwhile. `progress` is told how many of how many have been looked at. Recorded when it begins
    and when it ends. Raises RoleRequired, and ValueError for no reason.
    """
    require(actor, Permission.REWRAP_VAULT)
    why = given(reason)
    with engine.begin() as connection:
        outdated = select(func.count()).select_from(vault_keys).where(_outdated(wrapper))
        total = connection.scalar(outdated) or 0
        details: JsonObject = {"master_key": wrapper.key_id, "keys": total}
        act = Act("vault.rewrap_begun", actor.name, why, details)
        record_act(connection, act, clock.now_s())
    done, unavailable, last = 0, 0, ""
    while True:
        with engine.begin() as connection:
            looked_at, failed, last = _rewrap_batch(connection, wrapper, last)
        if not looked_at:
            break
        done += looked_at - failed
        unavailable += failed
        progress(done + unavailable, total)
    with engine.begin() as connection:
        details = {"master_key": wrapper.key_id, "keys": done, "unavailable": unavailable}
        act = Act("vault.rewrapped", actor.name, why, details)
        record_act(connection, act, clock.now_s())
    return Rewrapped(done, unavailable)


def _rewrap_batch(connection: Connection, wrapper: KeyWrapper, after: str) -> tuple[int, int, str]:
    """How many keys, how many of them unavailable, and the last one's id."""
    columns = select(vault_keys.c.id, vault_keys.c.wrapped, vault_keys.c.wrapped_by)
    following = columns.where(_outdated(wrapper), vault_keys.c.id > after)
    rows = connection.execute(following.order_by(vault_keys.c.id).limit(BATCH)).all()
    changed = []
    for row in rows:
        try:
            key = wrapper.unwrap(row.id, Wrapped(row.wrapped_by, row.wrapped))
        except KeyUnavailable:
            continue
        wrapped = wrapper.wrap(row.id, key)
        changed.append({"of": row.id, "wrapped": wrapped.sealed, "wrapped_by": wrapped.by})
    if changed:
        # Columns that the parameters name are set to them.
        connection.execute(update(vault_keys).where(vault_keys.c.id == bindparam("of")), changed)
    return len(rows), len(rows) - len(changed), rows[-1].id if rows else after


def _outdated(wrapper: KeyWrapper) -> ColumnElement[bool]:
    return and_(vault_keys.c.wrapped.is_not(None), vault_keys.c.wrapped_by != wrapper.key_id)
