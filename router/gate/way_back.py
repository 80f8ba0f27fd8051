"""The way back: rules that need no gate, since what serves came from there and the log says so.

A bad change must be undone before anybody can have measured anything. So rules that were in force
a while ago may return, byte for byte; and so may what serves, but for the aliases that recorded
rollbacks of models have given back. Neither may ask less of the next change than what serves.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, select

from router.audit.entries import EntryKind
from router.audit.tables import audit_entries
from router.domain import Json, JsonObject
from router.gate.meaning import meaning_of
from router.gate.record import GateRefused
from router.gate.rules import GateRules, asks_less
from router.lifecycle.moves import Move, made, moves_of
from router.lifecycle.plan import MoveKind
from router.policy.archive import APPLIED, has_served
from router.policy.load import rules_digest
from router.policy.policy import RulesText
from router.registry.registry import CHAMPION

_DAY_S = 86_400.0


def require_way_back(
    connection: Connection,
    wanted: RulesText,
    serving: RulesText,
    *,
    wanted_rules: GateRules,
    rules: GateRules,
    now_s: float,
) -> JsonObject:
    """What shows that `wanted` is the way back from `serving`, for the log. Raises GateRefused.

    `rules` are those of the gate in force, and say for how many days rules may return after they
    gave way to others.
    """
    less = tuple(asks_less(wanted_rules, rules))
    if less:
        raise GateRefused(
            f"these rules ask less of a gate than those in force ({', '.join(less)}): that is no "
            "way back; an admin says --without-gate REASON"
        )
    digest = rules_digest(wanted.models, wanted.policy)
    since_s = now_s - rules.max_age_days * _DAY_S
    until_s = _in_force_until_s(connection, digest, since_s)
    if until_s is not None:
        return {"digest": digest, "in_force_until_s": until_s}
    moves = _undone_by(connection, wanted, serving)
    if moves:
        return {"digest": digest, "moves": list[Json](moves)}
    raise GateRefused(
        f"these rules were not in force within the last {rules.max_age_days} days, byte for byte, "
        "and no recorded rollback of a model leads from what serves to them: `ringfence policy "
        "show DIGEST` prints what served, and `ringfence models rollback ID` undoes a promotion"
    )


def _in_force_until_s(connection: Connection, digest: str, since_s: float) -> float | None:
    """When these rules last gave way to others, as the log says; None for not since, or where no
    gateway ever served with them.
    """
    if not has_served(connection, digest):
        return None
    rows = connection.execute(
        select(audit_entries.c.body, audit_entries.c.recorded_at_s)
        .where(
            audit_entries.c.kind == EntryKind.ACT.value,
            audit_entries.c.recorded_at_s >= since_s,
            audit_entries.c.body.is_not(None),
        )
        .order_by(audit_entries.c.recorded_at_s.desc())
    )
    for body, recorded_at_s in rows:
        said = json.loads(body)
        if said["act"] == APPLIED and said["details"].get("before") == digest:
            return float(recorded_at_s)
    return None


def _undone_by(connection: Connection, wanted: RulesText, serving: RulesText) -> list[str]:
    """The moves that lead from what serves to `wanted`, if rollbacks alone do; else none."""
    was, is_now = meaning_of(serving), meaning_of(wanted)
    before, after = _aliases(was), _aliases(is_now)
    undone: list[str] = []
    for model_id, named in after.items():
        here = before.get(model_id)
        if here == named or not isinstance(here, dict) or not isinstance(named, dict):
            continue
        moves = made(moves_of(connection, model_id))
        found = _rollbacks(moves, here.get(CHAMPION), named.get(CHAMPION))
        if not found:
            return []
        undone += found
        here[CHAMPION] = named.get(CHAMPION)
    return undone if was == is_now else []


def _rollbacks(moves: Sequence[Move], before: Json, after: Json) -> list[str]:
    """The last moves of an id's champion, if those are rollbacks that lead from `before` to
    `after`; `moves` are in the order in which they were made.
    """
    found: list[str] = []
    for move in reversed(moves):
        change = move.change
        if change.champion_before == change.champion_after:
            continue
        if change.kind is not MoveKind.ROLLBACK or change.champion_after != after:
            break
        found.append(move.id)
        after = change.champion_before
        if after == before:
            return found
    return []


def _aliases(meaning: JsonObject) -> JsonObject:
    models = meaning["models"]
    found = models.get("aliases") if isinstance(models, dict) else None
    return found if isinstance(found, dict) else {}
