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
    """A second sample says something else."""
    JUDGE = "judge"
    """A model on-prem holds it for wrong, more probably than not, or does not say."""

    STRONG_UNAVAILABLE = "strong_unavailable"
    """It was not good enough, and there was no other."""
    HOLD_TIMEOUT = "hold_timeout"
    """A stream was held for as long as it may be, and was not judged by then."""


CERTIFIABLE = (Signal.MEAN_LOGPROB, Signal.MIN_LOGPROB)
"""A certificate has one of them and its threshold. They are the cheaper model's own, so that its
version and weights, which a certificate names, are all that they depend on.

A judge's word depends on the judge's version and on what it is asked, a second sample on how it is
drawn: no certificate names those. They may throw away what is certified, and keep nothing.
"""

UNFIT = frozenset({Signal.EMPTY, Signal.TOOL_CALL, Signal.FORMAT})
"""What no client can use: such an answer is given to nobody, whatever else there is."""
