"""What answers a request: the rules in force, and the pipeline that was wired for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from router.pipeline import Pipeline
from router.policy.policy import Rules


@dataclass(frozen=True, slots=True)
class InForce:
    """One whole. Another policy, or another day, is another one, and changes nothing of this."""

    rules: Rules
    pipeline: Pipeline


CurrentRules: TypeAlias = Callable[[], InForce]
"""Asked once for a request, so that no request sees half of two policies. Does not block."""
