"""What the policy says about trying a cheaper model first."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from router.domain import DataClass, Tier
from router.risk.certificate import Certificate
from router.task import Task

DEFAULT_HOLD_S = 2.0


class OnTimeout(StrEnum):
    """What becomes of a stream that was held for as long as it may be."""

    RELEASE = "release"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class StreamRules:
    """A stream is held until it is judged, for at most `hold_s` from its first event on.

    `unasked` where every stream is tried so, and not those alone whose caller allows it.
    """

    hold_s: float = DEFAULT_HOLD_S
    on_timeout: OnTimeout = OnTimeout.ESCALATE
    unasked: bool = False


@dataclass(frozen=True, slots=True)
class SignalRules:
    """What escalates beside the certificate's threshold. Log-probabilities are in nats.

    What no client can use (a broken format, a call to a function that there is not) always does.
    """

    refusal: bool = True
    truncation: bool = True
    least_mean_logprob: float | None = None
    least_min_logprob: float | None = None


@dataclass(frozen=True, slots=True)
class EscalationRule:
    """One pair of tiers, and for which requests the cheaper one is tried first.

    `judge` is a registry key. Without a certificate that holds, nothing is tried.
    """

    cheap_tier: Tier
    strong_tier: Tier
    choices: frozenset[str]
    tasks: frozenset[Task] = frozenset(Task)
    data_classes: frozenset[DataClass] = frozenset(DataClass)
    certificate: Certificate | None = None
    signals: SignalRules = field(default_factory=SignalRules)
    judge: str | None = None
    second_sample: bool = False
    streams: StreamRules = field(default_factory=StreamRules)
