"""Where versions and aliases stand: as models.yaml says, and as the recorded moves left them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from router.config.validate import validate
from router.config.yaml_document import YamlDocument
from router.lifecycle.moves import Move, made
from router.registry.card import LifecycleState
from router.registry.schema import ModelsFile
from router.registry.upgrade import upgraded

NO_VERSION = "no version"


class Kind(StrEnum):
    """What a move can move."""

    STATE = "state"
    CHAMPION = "champion"
    CANDIDATE = "candidate"


@dataclass(frozen=True, slots=True)
class Place:
    """The state of a version, by its key (`id@version`), or an alias of an id."""

    name: str
    kind: Kind


Standing: TypeAlias = Mapping[Place, str]
"""A state with its canary's share, or the version that an alias names, or NO_VERSION."""


def standing(document: YamlDocument) -> Standing:
    """Every version's state, then both aliases of every id, in the order of the file.

    Records that the file refers to are not looked at. Raises ConfigError.
    """
    file = validate(upgraded(document), ModelsFile)
    found: dict[Place, str] = {}
    for entry in file.models:
        said = entry.lifecycle
        found[Place(f"{entry.id}@{entry.version}", Kind.STATE)] = in_words(
            said.state, said.canary_share
        )
    for model_id in dict.fromkeys(entry.id for entry in file.models):
        named = file.aliases.get(model_id)
        found |= (
            _aliases(model_id, None, None)
            if named is None
            else _aliases(model_id, named.champion, named.candidate)
        )
    return found


def recorded(moves: Sequence[Move]) -> Standing:
    """What the moves that were made have brought about; nothing of what none of them was about."""
    found: dict[Place, str] = {}
    for move in made(moves):
        change = move.change
        found[Place(change.key, Kind.STATE)] = in_words(change.to_state, change.canary_share)
        found |= _aliases(change.model_id, change.champion_after, change.candidate_after)
    return found


def in_words(state: LifecycleState, canary_share: float | None) -> str:
    """Such as "canary of 0.05"; the share's digits are those of models.yaml."""
    return state.value if canary_share is None else f"{state.value} of {decimal(canary_share)}"


def decimal(share: float) -> str:
    """The fewest digits that read back as this number, without an exponent."""
    return f"{Decimal(repr(share)):f}"


def _aliases(model_id: str, champion: str | None, candidate: str | None) -> Standing:
    return {
        Place(model_id, Kind.CHAMPION): champion or NO_VERSION,
        Place(model_id, Kind.CANDIDATE): candidate or NO_VERSION,
    }
