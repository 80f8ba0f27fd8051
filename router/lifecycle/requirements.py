"""What a move asks for: from where, on what evidence, and of how many people. All of it is here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from router.registry.card import LifecycleState

CANDIDATE = LifecycleState.CANDIDATE
SHADOW = LifecycleState.SHADOW
CANARY = LifecycleState.CANARY
PRODUCTION = LifecycleState.PRODUCTION
DEPRECATED = LifecycleState.DEPRECATED
RETIRED = LifecycleState.RETIRED


class EvidenceKind(StrEnum):
    """Suites that were run on exactly this version; the evaluation has to have been passed."""

    EVALUATION = "evaluation"
    SAFETY = "safety"
    BIAS = "bias"


class MoveRefused(ValueError):
    """A move that must not be made; the message says what would let it be."""


MOVES: Mapping[LifecycleState, frozenset[LifecycleState]] = {
    CANDIDATE: frozenset({SHADOW, RETIRED}),
    SHADOW: frozenset({CANDIDATE, CANARY, RETIRED}),
    # A canary's share is changed by a move to where it is.
    CANARY: frozenset({CANDIDATE, SHADOW, CANARY, PRODUCTION, RETIRED}),
    PRODUCTION: frozenset({DEPRECATED}),
    DEPRECATED: frozenset({PRODUCTION, RETIRED}),
    RETIRED: frozenset(),
}
"""To where a version may go. One that is retired comes back as another version."""

EVIDENCE: Mapping[LifecycleState, frozenset[EvidenceKind]] = {
    CANDIDATE: frozenset(),
    SHADOW: frozenset({EvidenceKind.EVALUATION}),
    CANARY: frozenset({EvidenceKind.EVALUATION, EvidenceKind.SAFETY}),
    PRODUCTION: frozenset(EvidenceKind),
    DEPRECATED: frozenset(),
    RETIRED: frozenset(),
}
"""What has to be shown of a version to bring it to a state."""

SECOND_PERSON = frozenset({CANARY, PRODUCTION})
"""States that answer clients who did not answer to this version before: somebody else approves."""


def require_move(
    from_state: LifecycleState, to_state: LifecycleState, *, has_champion: bool = True
) -> None:
    """Raises MoveRefused where there is no such step.

    Without a champion, whose requests a canary could take, a version goes from shadow into
    production.
    """
    reached = MOVES[from_state]
    if from_state is SHADOW and not has_champion:
        reached = reached - {CANARY} | {PRODUCTION}
    if to_state in reached:
        return
    steps = sorted(reached, key=list(LifecycleState).index)
    cure = f"from there it goes to {', '.join(steps)}" if steps else "make another version of it"
    raise MoveRefused(f"a model that is {from_state} does not go to {to_state}: {cure}")


def require_evidence(to_state: LifecycleState, shown: frozenset[EvidenceKind]) -> None:
    """Raises MoveRefused, naming what is lacking."""
    lacking = sorted(EVIDENCE[to_state] - shown)
    if lacking:
        options = " ".join(f"--evidence {kind}=FILE" for kind in lacking)
        raise MoveRefused(f"to be {to_state} takes more evidence: add {options}")
