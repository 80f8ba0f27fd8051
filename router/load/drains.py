"""Drains, as they are asked for and as they stand.

The database is all that passes between whoever asks and the gateways, so that it works alike on one
machine and on many. A drain holds until it is ended, also for gateways that start meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from router.load.drain_tables import drain_levels, drains
from router.load.gates import Presence

FRESH_S = 10.0
"""A gateway that has said nothing for so long is gone, and its requests with it."""


@dataclass(frozen=True, slots=True)
class Drain:
    """Nobody is let in to the model (a registry key); who is there is cut at `deadline_at_s`."""

    model: str
    asked_at_s: float
    deadline_at_s: float
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class DrainLevel:
    """What one gateway has at a drained model. `gateways` is how many run, as it knows."""

    gateway: str
    gateways: int
    presence: Presence


def drain(connection: Connection, wanted: Drain) -> None:
    """Begins a drain, or gives one that is under way another deadline.

    Raises IntegrityError where somebody else has begun one since this transaction has.
    """
    values = {name: getattr(wanted, name) for name in drains.c.keys()}  # noqa: SIM118 -- columns
    here = drains.c.model == wanted.model
    if not connection.execute(update(drains).where(here).values(values)).rowcount:
        connection.execute(insert(drains), [values])


def end_drain(connection: Connection, model: str) -> bool:
    """Whether there was one."""
    connection.execute(delete(drain_levels).where(drain_levels.c.model == model))
    return bool(connection.execute(delete(drains).where(drains.c.model == model)).rowcount)


def drains_now(connection: Connection) -> list[Drain]:
    """All that have not been ended, by model."""
    rows = connection.execute(select(drains).order_by(drains.c.model)).mappings()
    return [Drain(**row) for row in rows]


def tell(connection: Connection, about: Drain, level: DrainLevel, now_s: float) -> None:
    """Notes what a gateway has there now; does nothing once the drain is over, or another."""
    same = (drains.c.model == about.model) & (drains.c.asked_at_s == about.asked_at_s)
    if connection.scalar(select(drains.c.model).where(same)) is None:
        return
    found = level.presence
    values = {
        "asked_at_s": about.asked_at_s,
        "told_at_s": now_s,
        "gateways": level.gateways,
        "running": found.running,
        "waiting": found.waiting,
        "cut": found.cut,
        "turned_away": found.turned_away,
    }
    mine = (drain_levels.c.model == about.model) & (drain_levels.c.gateway == level.gateway)
    if not connection.execute(update(drain_levels).where(mine).values(values)).rowcount:
        row = {"model": about.model, "gateway": level.gateway, **values}
        connection.execute(insert(drain_levels), [row])


@dataclass(frozen=True, slots=True)
class DrainState:
    """What all gateways together have at a drained model.

    `heard` of `gateways` that run have said so lately.
    """

    heard: int
    gateways: int
    presence: Presence

    @property
    def is_over(self) -> bool:
        return bool(self.heard) and self.heard >= self.gateways and self.presence.is_nobody


def state_of(connection: Connection, about: Drain, now_s: float) -> DrainState:
    """What was cut by gateways that are gone counts as well, and before there was this deadline."""
    rows: Sequence[dict[str, float]] = [
        dict(row)
        for row in connection.execute(
            select(drain_levels).where(drain_levels.c.model == about.model)
        ).mappings()
    ]
    fresh = [
        row
        for row in rows
        if row["asked_at_s"] == about.asked_at_s and row["told_at_s"] > now_s - FRESH_S
    ]
    return DrainState(
        heard=len(fresh),
        gateways=max((int(row["gateways"]) for row in fresh), default=0),
        presence=Presence(
            running=sum(int(row["running"]) for row in fresh),
            waiting=sum(int(row["waiting"]) for row in fresh),
            cut=sum(int(row["cut"]) for row in rows),
            turned_away=sum(int(row["turned_away"]) for row in rows),
        ),
    )
