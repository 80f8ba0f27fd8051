"""What a move does to models.yaml: the state of one version, and the aliases of its id. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from router.lifecycle.requirements import (
    CANARY,
    DEPRECATED,
    PRODUCTION,
    RETIRED,
    SHADOW,
    MoveRefused,
    require_move,
)
from router.registry.canary import canary_of
from router.registry.card import LifecycleState
from router.registry.registry import RegisteredModel, Registry


class MoveKind(StrEnum):
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    ADOPT = "adopt"
    """Somebody answers for the state in which the file was found."""


@dataclass(frozen=True, slots=True)
class Change:
    """One version's way from a state to a state, and the versions that its id's aliases name after.

    `canary_share` is in (0, 1) where it becomes a canary, None otherwise.
    """

    kind: MoveKind
    model_id: str
    version: str
    from_state: LifecycleState
    to_state: LifecycleState
    canary_share: float | None
    champion_before: str | None
    champion_after: str | None
    candidate_after: str | None

    @property
    def key(self) -> str:
        return f"{self.model_id}@{self.version}"


def promotion(
    registry: Registry, key: str, to_state: LifecycleState, canary_share: float | None = None
) -> Change:
    """The change that brings a version to a state. Raises MoveRefused."""
    entry = _entry(registry, key)
    has_champion = entry.spec.id in registry.aliases
    require_move(entry.card.lifecycle.state, to_state, has_champion=has_champion)
    if (to_state is CANARY) != (canary_share is not None):
        raise MoveRefused(
            "a canary takes a share of its champion's requests: add --share 0.05"
            if to_state is CANARY
            else f"a share is a canary's; a model that is {to_state} has none: leave out --share"
        )
    if canary_share is not None and not 0 < canary_share < 1:
        raise MoveRefused("a share is above 0 and below 1, such as 0.05")
    return _change(registry, entry, MoveKind.PROMOTE, to_state, canary_share)


def rollback(registry: Registry, model_id: str, version_before: str | None) -> Change:
    """The change that gives the alias back to the version that had it. Raises MoveRefused."""
    champion = _champion(registry, model_id)
    if version_before is None or version_before == champion:
        raise MoveRefused(f"no recorded move made another version the champion of {model_id}")
    entry = _entry(registry, f"{model_id}@{version_before}")
    state = entry.card.lifecycle.state
    if state not in {PRODUCTION, DEPRECATED}:
        raise MoveRefused(f"{model_id}@{version_before} is {state} and answers nobody: promote it")
    return Change(
        MoveKind.ROLLBACK,
        model_id,
        version_before,
        from_state=state,
        to_state=state,
        canary_share=None,
        champion_before=champion,
        champion_after=version_before,
        candidate_after=_version(registry.candidates.get(model_id)),
    )


def adoption(registry: Registry, key: str) -> Change:
    """No change: somebody answers for what the file says. Raises MoveRefused."""
    entry = _entry(registry, key)
    lifecycle = entry.card.lifecycle
    model_id = entry.spec.id
    champion = _version(registry.aliases.get(model_id))
    return Change(
        MoveKind.ADOPT,
        model_id,
        entry.spec.version,
        from_state=lifecycle.state,
        to_state=lifecycle.state,
        canary_share=lifecycle.canary_share or None,
        champion_before=champion,
        champion_after=champion,
        candidate_after=_version(registry.candidates.get(model_id)),
    )


def _change(
    registry: Registry,
    entry: RegisteredModel,
    kind: MoveKind,
    to_state: LifecycleState,
    canary_share: float | None,
) -> Change:
    model_id, version = entry.spec.id, entry.spec.version
    champion = _version(registry.aliases.get(model_id))
    candidate = _version(registry.candidates.get(model_id))
    after = champion
    if to_state is CANARY:
        other = canary_of(registry, model_id)
        if other is not None and other != entry.spec.key:
            raise MoveRefused(f"{other} is the canary of {model_id}: move that one first")
        candidate = version
    elif to_state is SHADOW:
        candidate = candidate or version
    elif candidate == version and to_state in {PRODUCTION, RETIRED}:
        candidate = None
    if to_state is PRODUCTION:
        after = version
    elif to_state is RETIRED and champion == version:
        after = None
        _require_nobody_left(registry, model_id, version)
    return Change(
        kind,
        model_id,
        version,
        from_state=entry.card.lifecycle.state,
        to_state=to_state,
        canary_share=canary_share,
        champion_before=champion,
        champion_after=after,
        candidate_after=candidate,
    )


def _require_nobody_left(registry: Registry, model_id: str, version: str) -> None:
    for other in registry.entries.values():
        same_id = other.spec.id == model_id and other.spec.version != version
        if same_id and other.card.lifecycle.state.answers_clients:
            raise MoveRefused(
                f"{model_id}@{version} is the champion, and {other.spec.key} is not retired: make "
                "that one the champion first"
            )


def _champion(registry: Registry, model_id: str) -> str:
    key = registry.aliases.get(model_id)
    if key is None:
        known = ", ".join(registry.aliases)
        raise MoveRefused(f"no id of that name has a champion; those that have: {known}")
    return registry.entries[key].spec.version


def _entry(registry: Registry, key: str) -> RegisteredModel:
    if key not in registry.entries:
        known = ", ".join(registry.entries)
        raise MoveRefused(f"models.yaml has no such version; it has: {known}")
    return registry.entries[key]


def _version(key: str | None) -> str | None:
    return None if key is None else key.partition("@")[2]
