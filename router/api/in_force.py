"""What answers a request: the rules in force, and what was wired for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from router.accounts.people.tokens import TokenVerifier
from router.pipeline import Pipeline
from router.policy.policy import Rules


@dataclass(frozen=True, slots=True)
class InForce:
    """One whole. Another policy, or another day, is another one, and changes nothing of this.

    `tokens` believes the policy's issuers.
    """

    rules: Rules
    pipeline: Pipeline
    tokens: TokenVerifier


CurrentRules: TypeAlias = Callable[[], InForce]
"""Asked once for a request, so that no request sees half of two policies. Does not block."""
