"""The names of signals, as policies, certificates, records and metrics have them."""

from __future__ import annotations

from enum import StrEnum


class Signal(StrEnum):
    """What decided about a cheaper model's answer."""

    EMPTY = "empty"
    TOOL_CALL = "tool_call"
    """It calls a function that there is not, or with arguments that are none of its."""
    FORMAT = "format"
    """It is not what `response_format` demands."""
    TRUNCATION = "truncation"
    REFUSAL = "refusal"

    MEAN_LOGPROB = "mean_logprob"
    """Of its tokens; in nats a token."""
    MIN_LOGPROB = "min_logprob"
    """Of its least likely token; in nats."""
    AGREEMENT = "agreement"
    """1 where a second sample says the same, 0 where it does not."""
    JUDGE = "judge"
    """The probability that a model on-prem gives to its being right."""

    STRONG_UNAVAILABLE = "strong_unavailable"
    """It was not good enough, and there was no other."""
    HOLD_TIMEOUT = "hold_timeout"
    """A stream was held for as long as it may be, and was not judged by then."""


CERTIFIABLE = (Signal.MEAN_LOGPROB, Signal.MIN_LOGPROB, Signal.AGREEMENT, Signal.JUDGE)
"""Those with a number, more of which is surer: a certificate has one of them and its threshold."""

FROM_LOGPROBS = frozenset({Signal.MEAN_LOGPROB, Signal.MIN_LOGPROB})

UNFIT = frozenset({Signal.EMPTY, Signal.TOOL_CALL, Signal.FORMAT})
"""What no client can use: such an answer is given to nobody, whatever else there is."""
