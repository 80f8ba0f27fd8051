"""How near canaries are to being halted, and which are, so that somebody looks into it."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric
from sqlalchemy import Connection

from router.policy.policy import Rules
from router.trials.evaluation import canaries_of
from router.trials.halts import halts_now, resumed_at
from router.trials.progress import resumed
from serving.telemetry.gauges import gauges


def canary_state(connection: Connection, rules: Rules) -> Iterator[Metric]:
    """Of canaries that the rules name: one that was halted and moved since is nobody's trouble.

    One that takes requests has no series of `…_halted`, one that is halted none of its evidence.
    """
    canaries = canaries_of(rules.registry)
    halted = {halt.model for halt in halts_now(connection)} & {each.key for each in canaries}
    yield gauges(
        "ringfence_canary_halted",
        "Canaries that are sent nothing, for having been bad more often than their champions: "
        "1 each.",
        ("model",),
        {(model,): 1.0 for model in sorted(halted)}.items(),
    )
    test_rules, resumed_s = rules.policy.trials, resumed_at(connection)
    peaks = {
        each.key: resumed(
            connection, each.resumed(resumed_s.get(each.key)), test_rules.margin
        ).test.peak
        for each in canaries
        if each.key not in halted
    }
    yield gauges(
        "ringfence_canary_evidence_ratio",
        "The most evidence of a canary's harm that there has been, of what halts it.",
        ("model",),
        {(model,): peak * test_rules.alpha for model, peak in peaks.items()}.items(),
    )
