"""Whether a version failed a request that was its to answer, as its record has it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from router.cascade.beside import BESIDE
from router.cascade.walk import ANSWERED, BREAKER_OPEN, UNTRIED
from router.domain import OutcomeStatus

CUT_SHORT = "answer_cut_short"
_NO_FAILURE = (UNTRIED - {BREAKER_OPEN}) | BESIDE | {ANSWERED, "cancelled"}
"""A breaker that is open was opened by failures: what they kept from being tried failed, too."""


def failed_it(
    version: str,
    status: str,
    error_code: str | None,
    model: str | None,
    attempts: Sequence[Any],
) -> bool | None:
    """None where it was not asked, or where what ended the request was nothing of its doing.

    It failed, too, where another model had to answer in its place. `model` is the one that answered
    or broke off, None if none did.
    """
    if status not in (OutcomeStatus.ANSWERED, OutcomeStatus.PARTIAL, OutcomeStatus.FAILED):
        return None
    if model == version:
        if status == OutcomeStatus.PARTIAL:
            # Stopped for what is in it, or for a key that was revoked: neither is a failure.
            return True if error_code == CUT_SHORT else None
        return status == OutcomeStatus.FAILED
    tried = [each["outcome"] for each in attempts if each["model"] == version]
    return True if any(outcome not in _NO_FAILURE for outcome in tried) else None
