"""What the database must say after something was killed under load, whatever it was."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine, func, select

from router.accounts.limits.release import release_expired
from router.accounts.limits.tables import limit_holds, limit_windows
from router.accounts.limits.windows import Window
from router.audit.log.checkpoint import stored_notes
from router.audit.log.faults import Verification
from router.audit.log.verify import verify
from router.audit.tables import audit_entries, audit_pending
from router.store.database import reading

Entries: TypeAlias = Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]
"""The bodies of entries, by request and kind."""

BUDGETS = {"budget_usd_per_day": 1_000_000, "budget_usd_per_month": 10_000_000}
"""More than any drill spends: everything is counted, and nobody refused."""

LONG_AFTER_S = 86_400.0
"""By then every lease is over."""


def entries_of(engine: Engine, team: str) -> Entries:
    """All entries that are about requests of a team; an outcome goes with its decision."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    with reading(engine).connect() as connection:
        about_requests = audit_entries.c.request_id.is_not(None)
        for row in connection.execute(select(audit_entries).where(about_requests)):
            kinds = found.setdefault(row.request_id, {})
            kinds.setdefault(row.kind, []).append(json.loads(row.body))
    for kinds in found.values():
        assert "decision" in kinds, "an outcome of what nobody decided"
        assert [len(bodies) for bodies in kinds.values()] == [1] * len(kinds), "twice"
    return {
        request_id: kinds
        for request_id, kinds in found.items()
        if kinds["decision"][0]["team"] == team
    }


def check_answers(entries: Entries, whole: Sequence[str], model: str) -> None:
    """Who has an answer has its record, once (I5)."""
    assert len(set(whole)) == len(whole)
    for request_id in whole:
        assert entries.get(request_id, {}).keys() == {"decision", "outcome"}, request_id
        (outcome,) = entries[request_id]["outcome"]
        assert outcome["status"] == "answered"
        assert outcome["model"] == model


def check_budget(engine: Engine, entries: Entries, scope: str) -> int:
    """What was spent is what the outcomes say, once; what was held comes back, once.

    For a load of which no client leaves and no attempt runs into its deadline: what an outcome
    says that it cost is then all that counts as spent (docs/guides/limits.md). Returns how many
    requests held something when nobody was left to settle them.
    """
    outcomes = [kinds["outcome"][0] for kinds in entries.values() if "outcome" in kinds]
    cost_nano_usd = sum(outcome["cost_nano_usd"] for outcome in outcomes)
    unsettled = {request_id for request_id, kinds in entries.items() if "outcome" not in kinds}
    with reading(engine).connect() as connection:
        held = set(connection.execute(select(limit_holds.c.request_id)).scalars())
    # A hold is there from the decision to the outcome, which are one transaction each with it.
    assert held & entries.keys() == unsettled
    with engine.begin() as connection:
        while release_expired(connection, time.time() + LONG_AFTER_S):
            pass
    assert cost_nano_usd > 0
    for window in (Window.DAY, Window.MONTH):
        assert _counted(engine, scope, window) == (len(entries), cost_nano_usd, 0)
    return len(unsettled)


def check_log(
    engine: Engine, public_key: Ed25519PublicKey, witnesses: Iterable[str] = ()
) -> Verification:
    """Every entry has its place, all is as it was signed, and nothing that was signed is undone."""
    found = verify(engine, public_key, witnesses=[*witnesses])
    assert found.ok, found.faults
    assert found.pending == 0
    with reading(engine).connect() as connection:
        everything = select(func.count()).select_from(audit_entries)
        assert found.size == connection.execute(everything).scalar_one()
    return found


def is_sequenced(engine: Engine) -> bool:
    """Whether everything has its place in the log, and a checkpoint covers something of it."""
    with reading(engine).connect() as connection:
        waiting = connection.execute(select(audit_pending.c.entry_id).limit(1)).first()
        return waiting is None and bool(stored_notes(connection, 1))


def is_settled(engine: Engine) -> bool:
    """Whether every request has its outcome, and holds nothing any more."""
    with reading(engine).connect() as connection:
        return connection.execute(select(limit_holds.c.request_id).limit(1)).first() is None


def notes(engine: Engine, limit: int = 1) -> list[str]:
    """The latest checkpoints, as whoever keeps them elsewhere has them."""
    with reading(engine).connect() as connection:
        return stored_notes(connection, limit)


def _counted(engine: Engine, scope: str, window: Window) -> tuple[int, int, int]:
    """Requests, nano-dollars spent and held, of all such windows: a drill may run through the end
    of one.
    """
    c = limit_windows.c
    columns = (c.requests, c.spent_nano_usd, c.held_nano_usd)
    mine = (c.scope == scope) & (c.window == window.value)
    with reading(engine).connect() as connection:
        rows = connection.execute(select(*columns).where(mine)).all()
    requests, spent, held = (sum(column) for column in zip(*rows, strict=True))
    return requests, spent, held
