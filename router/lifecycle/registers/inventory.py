"""The model inventory: every version, whose it is, how it got where it is, and on what evidence.

Its columns are what SR 11-7 (Board of Governors of the Federal Reserve System, 2011) wants of an
inventory, and what annex IV of Regulation (EU) 2024/1689 (the AI Act) wants known of versions,
changes and evaluations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from router.domain import Json, JsonObject
from router.lifecycle.moves import Move, MoveStatus
from router.registry.registry import HttpBackend, RegisteredModel, Registry
from router.registry.validity import in_force


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the database knows of models: every move, and the weights that answered, by key."""

    moves: Sequence[Move] = ()
    weights_digests: Mapping[str, Sequence[str]] = field(default_factory=dict)


def inventory(registry: Registry, recorded: Recorded, day: date) -> list[JsonObject]:
    """A row for each version of models.yaml, in its order. None is not stated."""
    narrowed = in_force(registry, day)
    return [
        _row(key, entry, narrowed.entries[key], recorded, day)
        for key, entry in registry.entries.items()
    ]


def described(move: Move) -> JsonObject:
    """A move as JSON."""
    change = move.change
    return {
        "move": move.id,
        "kind": change.kind.value,
        "model": change.key,
        "from": change.from_state.value,
        "to": change.to_state.value,
        "canary_share": change.canary_share,
        "champion_before": change.champion_before,
        "champion_after": change.champion_after,
        "status": move.status.value,
        "reason": move.reason,
        "evidence": _evidence(move),
        "proposed_by": move.proposed_by,
        "proposed_at": _time(move.proposed_at_s),
        "decided_by": move.decided_by,
        "decided_at": None if move.decided_at_s is None else _time(move.decided_at_s),
        "models_sha256": move.file_sha256,
    }


def _row(
    key: str, entry: RegisteredModel, today: RegisteredModel, recorded: Recorded, day: date
) -> JsonObject:
    spec, card = entry.spec, entry.card
    moves = [move for move in recorded.moves if move.change.key == key]
    applied = [move for move in moves if move.status is MoveStatus.APPLIED]
    review, since = card.next_review, card.lifecycle.since
    backend = entry.backend
    return {
        "model": key,
        "id": spec.id,
        "version": spec.version,
        "owner": card.owner,
        "licence": card.licence,
        "location": spec.location.value,
        "residency": [*sorted(spec.residency)],
        "provider": backend.provider if isinstance(backend, HttpBackend) else None,
        "expected_weights_digest": entry.expected_weights_digest,
        "served_weights_digests": [*recorded.weights_digests.get(key, ())],
        "state": card.lifecycle.state.value,
        "since": None if since is None else since.isoformat(),
        "canary_share": card.lifecycle.canary_share or None,
        "approved_data_classes": [c.label for c in sorted(spec.approved)],
        "data_classes_on_the_day": [c.label for c in sorted(today.spec.approved)],
        "narrowed_by": {c.label: code for c, code in sorted(today.narrowed.items())},
        "certifications": [
            {"name": c.name, "expires": c.expires.isoformat()} for c in card.certifications
        ],
        "next_review": None if review is None else review.isoformat(),
        "review_overdue": None if review is None else review < day,
        "measured": {name: figure.sha256 for name, figure in card.measured.items()},
        "evidence": [item for move in applied for item in _evidence(move)],
        "moves": [described(move) for move in moves],
    }


def _evidence(move: Move) -> list[Json]:
    return [
        {"kind": item.kind.value, "record": item.path, "sha256": item.sha256}
        for item in move.evidence
    ]


def _time(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="seconds")
