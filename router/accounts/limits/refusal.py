"""What a client is told for which nothing is left, and when to come back."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from router.accounts.limits.afford import Obstacle
from router.accounts.limits.rules import ALL, Metric
from router.errors import BudgetExceeded, RateLimited, RequestError

_SHORTER = "Ask for a shorter answer (max_tokens), or send less."


def refusal(obstacle: Obstacle, now_s: float) -> RequestError:
    """RateLimited or BudgetExceeded; `retry_after_s` is what is left of the window."""
    ceiling = obstacle.ceiling
    whose = _whose(obstacle.scope.name)
    retry_after_s = max(1, math.ceil(obstacle.ends_at_s - now_s))
    if ceiling.metric is not Metric.MONEY:
        limit = f"{ceiling.limit} {ceiling.metric.value} a {ceiling.window.value}"
        if obstacle.alone:
            message = f"This request may take more than the {limit} that {whose} has. {_SHORTER}"
        else:
            message = f"The {limit} that {whose} has are used up. Try again in {retry_after_s} s."
        return RateLimited(message, retry_after_s=retry_after_s)
    budget = f"budget of {whose} for this {ceiling.window.value}"
    if obstacle.alone:
        return BudgetExceeded(
            f"This request may cost more than the whole {budget}. {_SHORTER}",
            retry_after_s=retry_after_s,
        )
    renewed = datetime.fromtimestamp(obstacle.ends_at_s, UTC)
    return BudgetExceeded(
        f"What is left of the {budget} does not pay for this request: the rest is spent, or held "
        f"by requests under way. {_SHORTER} The next one begins at {renewed:%Y-%m-%dT%H:%MZ}.",
        retry_after_s=retry_after_s,
    )


def _whose(scope: str) -> str:
    kind, _, name = scope.partition(":")
    if scope == ALL:
        return "everybody together"
    return f"the model {name}" if kind == "model" else f"this {kind}"
