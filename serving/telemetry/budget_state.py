"""How much of each budget is gone."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric
from sqlalchemy import Connection

from router.accounts.limits.rules import LimitRules
from router.accounts.limits.rules import Metric as Limited
from router.accounts.limits.usage import limit_uses
from serving.telemetry.gauges import gauges

MAX_BUDGETS = 200
"""Those of which the most is gone; budgets of single keys are not among them, for their number."""

_OF_A_KEY = "key:"


def budget_state(connection: Connection, rules: LimitRules, now_s: float) -> Iterator[Metric]:
    """Only reads. Raises what the database raises."""
    budgets = [
        use
        for use in limit_uses(connection, rules, now_s)
        if use.ceiling.metric is Limited.MONEY and not use.scope.startswith(_OF_A_KEY)
    ]
    budgets.sort(key=lambda use: use.share, reverse=True)
    yield gauges(
        "ringfence_budget_used_ratio",
        "Of a budget's window, the share that is spent or held by requests under way.",
        ("scope", "window"),
        {(use.scope, use.ceiling.window.value): use.share for use in budgets[:MAX_BUDGETS]}.items(),
    )
