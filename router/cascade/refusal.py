"""What a client is told when the plan is at its end and nothing has answered (I4, I10)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

from router.cascade.failures import reaction_to
from router.errors import (
    BackendFailure,
    BackendRejected,
    BackendsFailed,
    BackendTimeout,
    InvalidRequest,
    NoRoom,
    NothingAvailable,
    Overloaded,
    RequestError,
)
from router.load.rules import Lane
from router.policy.policy import CascadeRules

Trouble: TypeAlias = BackendFailure | NoRoom | None
"""Why a model of the plan did not answer; None stands for an open breaker."""


def refusal(troubles: Sequence[Trouble], lane: Lane, rules: CascadeRules) -> RequestError:
    """One error for all that happened along the plan.

    Full is not the same to everybody. Who may go elsewhere is asked to send less (429). What must
    stay has nowhere to go, and a cluster that is full for it is down for it: 503, as when nothing
    is up.
    """
    full = [trouble for trouble in troubles if isinstance(trouble, NoRoom)]
    if full and lane is Lane.OTHERS:
        return _overloaded(full, rules)
    told = [trouble for trouble in troubles if trouble is not None]
    if troubles and all(isinstance(trouble, BackendTimeout) for trouble in troubles):
        return NothingAvailable(
            f"No answer was complete within {rules.attempt_timeout_s:.0f} s. Ask for less "
            "(max_tokens), or stream.",
            retry_after_s=rules.retry_after_s,
        )
    if told and all(isinstance(trouble, BackendRejected) for trouble in told):
        return InvalidRequest(f"The model does not take this request: {told[-1]}")
    if not told or any(map(_is_down, troubles)):
        waits_s = [trouble.retry_after_s or 0 for trouble in told]
        state = "has room" if full else "is up"
        return NothingAvailable(
            f"No model that may see this request {state} now. It was sent nowhere else; try again "
            "later.",
            retry_after_s=max(rules.retry_after_s, math.ceil(max(waits_s, default=0))),
        )
    return BackendsFailed(
        "Every model that may see this request answered with an error of its own.",
        retry_after_s=rules.retry_after_s,
    )


def _overloaded(full: Sequence[NoRoom], rules: CascadeRules) -> Overloaded:
    """Wherever there is room first."""
    waits_s = [trouble.retry_after_s or rules.retry_after_s for trouble in full]
    return Overloaded(
        "Every model that may answer this request is full, and what must stay on-prem goes first. "
        f"Try again in {min(waits_s)} s.",
        retry_after_s=min(waits_s),
    )


def _is_down(trouble: Trouble) -> bool:
    return not isinstance(trouble, BackendFailure) or reaction_to(trouble).down
