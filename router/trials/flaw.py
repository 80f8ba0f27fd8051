"""What anybody can see is wrong with an answer, without knowing what would be right."""

from __future__ import annotations

from router.domain import InferenceRequest
from router.escalation.collected import Collected
from router.escalation.signals.names import Signal
from router.escalation.signals.refusal import refuses
from router.escalation.signals.truncation import is_truncated
from router.escalation.verdict import unfit


def flaw(answer: Collected, request: InferenceRequest) -> Signal | None:
    """The first that is found, in the order in which a cascade looks. For a thread."""
    if refuses(answer):
        return Signal.REFUSAL
    if is_truncated(answer, request.body):
        return Signal.TRUNCATION
    return unfit(answer, request)
