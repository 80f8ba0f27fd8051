"""Break-glass: a role that somebody takes for a time, with a reason, for all to see."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, RowMapping, insert, select, update

from router.accounts.people.actor import Actor
from router.accounts.people.permissions import Permission, require
from router.accounts.state_version import bump_version
from router.accounts.tables import break_glass_grants
from router.audit.acts import Act, record_act
from router.domain import JsonObject, Role
from router.ids import new_id
from router.protocols import Clock
from router.store.database import reading

logger = logging.getLogger(__name__)

MAX_HOURS = 24.0
MAX_REASON = 1_000
_HOUR_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Grant:
    """`actor` has `role` from `opened_at_s` until `expires_at_s`, or until it was closed."""

    id: str
    actor: str
    role: Role
    reason: str
    opened_at_s: float
    expires_at_s: float
    closed_at_s: float | None = None

    def is_open(self, now_s: float) -> bool:
        return self.closed_at_s is None and now_s < self.expires_at_s


class BreakGlass:
    """Opens, closes and lists grants. Both are acts in the log, and known to gateways in a second.

    Opening one alerts: a warning here, and one of every gateway that learns of it. They have ids
    and the role; who and why is in the log of acts.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def open(self, actor: Actor, role: Role, reason: str, hours: float) -> Grant:
        """Raises RoleRequired where `actor` may not, ValueError without a reason or a sane time."""
        require(actor, Permission.BREAK_GLASS)
        reason = reason.strip()
        if not reason or len(reason) > MAX_REASON:
            raise ValueError(f"say why, in at most {MAX_REASON} characters: --reason TEXT")
        if not 0 < hours <= MAX_HOURS:
            raise ValueError(f"a grant is for more than 0 and at most {MAX_HOURS:g} hours")
        now_s = self._clock.now_s()
        grant = Grant(new_id(), actor.name, role, reason, now_s, now_s + hours * _HOUR_S)
        row = {
            "id": grant.id,
            "actor": grant.actor,
            "role": role.value,
            "reason": reason,
            "opened_at_s": grant.opened_at_s,
            "expires_at_s": grant.expires_at_s,
            "closed_at_s": None,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(break_glass_grants), [row])
            self._record(connection, "break_glass.opened", actor, grant, reason)
        alert(grant)
        return grant

    def close(self, actor: Actor, grant_id: str) -> bool:
        """Returns whether there was such a grant, still open. Raises RoleRequired, as `open`."""
        require(actor, Permission.BREAK_GLASS)
        table, now_s = break_glass_grants, self._clock.now_s()
        is_open = table.c.closed_at_s.is_(None) & (table.c.expires_at_s > now_s)
        closing = update(table).where((table.c.id == grant_id) & is_open).values(closed_at_s=now_s)
        with self._engine.begin() as connection:
            if not connection.execute(closing).rowcount:
                return False
            found = connection.execute(select(table).where(table.c.id == grant_id)).mappings()
            self._record(connection, "break_glass.closed", actor, _grant(found.one()))
        return True

    def list(self) -> list[Grant]:
        """All grants there ever were, oldest first."""
        table = break_glass_grants
        with reading(self._engine).connect() as connection:
            rows = connection.execute(select(table).order_by(table.c.opened_at_s, table.c.id))
            return [_grant(row) for row in rows.mappings()]

    def _record(
        self, connection: Connection, name: str, actor: Actor, grant: Grant, reason: str = ""
    ) -> None:
        details: JsonObject = {
            "grant_id": grant.id,
            "actor": grant.actor,
            "role": grant.role.value,
            "expires_at_s": grant.expires_at_s,
        }
        record_act(connection, Act(name, actor.name, reason, details), self._clock.now_s())
        bump_version(connection)


def read_open_grants(connection: Connection, now_s: float) -> list[Grant]:
    """Those that have an effect now; they end by themselves, which `Grant.is_open` has to say.

    A role of a newer release is none that anything here asks for.
    """
    table = break_glass_grants
    is_open = table.c.closed_at_s.is_(None) & (table.c.expires_at_s > now_s)
    known = table.c.role.in_([role.value for role in Role])
    rows = connection.execute(select(table).where(is_open & known)).mappings()
    return [_grant(row) for row in rows]


def roles_of(name: str, grants: Iterable[Grant], now_s: float) -> frozenset[Role]:
    """What an actor of exactly this name has for the time being."""
    return frozenset(grant.role for grant in grants if grant.actor == name and grant.is_open(now_s))


def alert(grant: Grant) -> None:
    logger.warning("break-glass: grant %s gives the role %s for a time", grant.id, grant.role.value)


def _grant(row: RowMapping) -> Grant:
    return Grant(
        id=row["id"],
        actor=row["actor"],
        role=Role(row["role"]),
        reason=row["reason"],
        opened_at_s=row["opened_at_s"],
        expires_at_s=row["expires_at_s"],
        closed_at_s=row["closed_at_s"],
    )
