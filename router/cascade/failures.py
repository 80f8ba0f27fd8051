"""What a failed attempt means. The one table that decides it (I10)."""

from __future__ import annotations

from dataclasses import dataclass

from router.errors import (
    BackendBroken,
    BackendDrained,
    BackendFailure,
    BackendOverloaded,
    BackendRejected,
    BackendTimeout,
    BackendUnauthorized,
    BackendUnreachable,
    EgressRefused,
)


@dataclass(frozen=True, slots=True)
class Reaction:
    """`again`: the same model may be tried once more. `unhealthy`: it counts for the breaker.

    `down`: for the client this model was not up, which is worth waiting for. `charged`: the model
    had the request in hand, and may charge for it though nothing of an answer came.
    The next model of the plan is tried after every failure.
    """

    again: bool
    unhealthy: bool
    down: bool
    charged: bool = False


REACTIONS: dict[type[BackendFailure], Reaction] = {
    BackendUnreachable: Reaction(again=True, unhealthy=True, down=True),
    # It is as well as it was, and is so for a while.
    BackendDrained: Reaction(again=False, unhealthy=False, down=True),
    # The time is spent, and the work may still be going on there.
    BackendTimeout: Reaction(again=False, unhealthy=True, down=True, charged=True),
    # Busy is not ill: opening the breaker would turn a full queue into an outage.
    BackendOverloaded: Reaction(again=True, unhealthy=False, down=True),
    BackendBroken: Reaction(again=True, unhealthy=True, down=False),
    # Some providers say so of single requests: no client may close a provider for the others.
    BackendUnauthorized: Reaction(again=False, unhealthy=False, down=True),
    BackendRejected: Reaction(again=False, unhealthy=False, down=False),
    # Nothing was sent; what is wrong is on our side and no other try of this model mends it.
    EgressRefused: Reaction(again=False, unhealthy=False, down=True),
}


def reaction_to(failure: BackendFailure) -> Reaction:
    """The row of the failure's class or of the nearest class above it; KeyError if none has one."""
    for kind in type(failure).__mro__:
        if kind in REACTIONS:
            return REACTIONS[kind]
    raise KeyError(type(failure).__name__)


def counts_for_breaker(failure: BackendFailure, *, streaming: bool) -> bool:
    """Whether the failure says that the backend is ill.

    A whole answer that is late may only be long: else whoever asks for much would close a model for
    everybody. A stream that has not begun is late in any case.
    """
    if isinstance(failure, BackendTimeout) and not streaming:
        return False
    return reaction_to(failure).unhealthy
