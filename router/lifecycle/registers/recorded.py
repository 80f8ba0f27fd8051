"""What the registers take from the database. Everything here only reads."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, func, select

from router.accounts.tables import api_keys
from router.audit.tables import decisions, outcomes
from router.domain import DataClass
from router.lifecycle.moves import moves_of
from router.lifecycle.registers.inventory import Recorded
from router.lifecycle.registers.processing import TeamActivity

_BATCH = 1_000


def recorded_models(connection: Connection) -> Recorded:
    """Every move, and the digests of the weights that answered, in the order of first use."""
    used = (
        select(outcomes.c.model, outcomes.c.weights_digest)
        .where(outcomes.c.model.is_not(None), outcomes.c.weights_digest.is_not(None))
        .group_by(outcomes.c.model, outcomes.c.weights_digest)
        .order_by(func.min(outcomes.c.recorded_at_s))
    )
    digests: dict[str, list[str]] = {}
    for model, digest in connection.execute(used):
        digests.setdefault(model, []).append(digest)
    return Recorded(moves_of(connection), digests)


def team_activities(connection: Connection) -> list[TeamActivity]:
    """Every team with keys or records, by name. Reads every decision once, a batch at a time."""
    purposes: dict[str, set[str]] = {}
    for team, purpose in connection.execute(select(api_keys.c.team, api_keys.c.purpose).distinct()):
        purposes.setdefault(team, set()).add(purpose)
    requests: dict[str, Counter[DataClass]] = {}
    types: dict[str, set[str]] = {}
    columns = select(decisions.c.team, decisions.c.data_class, decisions.c.entity_counts)
    for team, label, counts in connection.execute(columns.execution_options(yield_per=_BATCH)):
        requests.setdefault(team, Counter())[DataClass.from_label(label)] += 1
        types.setdefault(team, set()).update(counts)
    return [
        TeamActivity(
            team,
            frozenset(purposes.get(team, ())),
            frozenset(types.get(team, ())),
            requests.get(team, {}),
        )
        for team in sorted({*purposes, *requests})
    ]
