"""A whole erasure, from the wish to what may go being gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from router.accounts.people.actor import Actor
from router.audit.vault.erasure import UNKNOWN, Erasure, erase, is_known, settle
from router.audit.vault.erasure_scope import Target
from router.audit.vault.rules import VaultRules
from router.audit.vault.wal import truncate_wal
from router.errors import RecordNotFound
from router.protocols import Clock


@dataclass(frozen=True, slots=True)
class Erased:
    """`overwritten`: no earlier bytes of the database are in SQLite's write-ahead log any more."""

    erasure: Erasure
    overwritten: bool


def erase_all(
    engine: Engine,
    target: Target,
    rules: VaultRules,
    *,
    actor: Actor,
    reason: str,
    clock: Clock,
    progress: Callable[[int], None] = lambda _texts: None,
) -> Erased:
    """As `erase`, to the end of what may go now; the counts are of all of it. Blocks.

    In transactions of a few hundred texts, so that requests go on meanwhile; cut off, it is ended
    by housekeeping. `progress` is told how many texts are gone. Where nothing was held of the
    target, it is remembered, and RecordNotFound raised all the same: names may be wrong.
    """
    with engine.begin() as connection:
        now_s = clock.now_s()
        known = is_known(connection, target)
        erasure = erase(connection, target, rules, actor=actor, reason=reason, now_s=now_s)
    found = known or erasure.texts_erased or erasure.keys_destroyed
    if erasure.done and not found:
        raise RecordNotFound(f"{UNKNOWN} Of what is under way now nothing of theirs is kept.")
    while erasure.more:
        progress(erasure.texts_erased)
        with engine.begin() as connection:
            further = settle(connection, erasure.id, rules, clock.now_s())
        erasure = replace(
            further,
            texts_erased=erasure.texts_erased + further.texts_erased,
            keys_destroyed=erasure.keys_destroyed + further.keys_destroyed,
        )
    return Erased(erasure, truncate_wal(engine))
