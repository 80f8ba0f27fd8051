"""Whether a version failed a request that was its to answer, as its record has it. Pure."""

from __future__ import annotations

from router.cascade.beside import BESIDE
from router.cascade.walk import ANSWERED, BREAKER_OPEN, UNTRIED
from router.domain import Outcome, OutcomeStatus

CUT_SHORT = "answer_cut_short"
_NO_FAILURE = (UNTRIED - {BREAKER_OPEN}) | BESIDE | {ANSWERED, "cancelled"}
"""A breaker that is open was opened by failures: what they kept from being tried failed, too."""

_OF_ITS_DOING = frozenset({OutcomeStatus.ANSWERED, OutcomeStatus.PARTIAL, OutcomeStatus.FAILED})


def failed_it(version: str, outcome: Outcome) -> bool | None:
    """None where it was not asked, or where what ended the request was nothing of its doing.

    It failed, too, where another model had to answer in its place. The outcome's model is the one
    that answered or broke off, None if none did.
    """
    if outcome.status not in _OF_ITS_DOING:
        return None
    if outcome.model == version:
        if outcome.status is OutcomeStatus.PARTIAL:
            # Stopped for what is in it, or for a key that was revoked: neither is a failure.
            return True if outcome.error_code == CUT_SHORT else None
        return outcome.status is OutcomeStatus.FAILED
    tried = [each.outcome for each in outcome.attempts if each.model == version]
    return True if any(came not in _NO_FAILURE for came in tried) else None
