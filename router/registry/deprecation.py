"""Models on their way out: closed to new keys, and announced to those who still use them."""

from __future__ import annotations

from datetime import date

from router.registry.card import LifecycleState, ModelCard

DEPRECATED = "deprecated"
"""The code under which a deprecated model is excluded for a key that was made too late."""

DEPRECATION_HEADER = "x-ringfence-deprecated"


def is_closed_to(card: ModelCard, key_made_on: date) -> bool:
    """Whether a deprecated model is closed to a key that was made on a day, in UTC.

    Keys of the day itself still may: nobody could know. Without a day in the file, all may.
    """
    lifecycle = card.lifecycle
    since = lifecycle.since
    is_deprecated = lifecycle.state is LifecycleState.DEPRECATED
    return is_deprecated and since is not None and key_made_on > since


def deprecation_notice(model_key: str, card: ModelCard) -> str | None:
    """What DEPRECATION_HEADER says beside an answer of this model; None for one that stays."""
    if card.lifecycle.state is not LifecycleState.DEPRECATED:
        return None
    since = card.lifecycle.since
    return model_key if since is None else f"{model_key} since {since}"
