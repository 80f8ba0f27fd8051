"""Which canaries are halted, so that somebody looks into it."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric
from sqlalchemy import Connection

from router.trials.halts import halts_now
from serving.telemetry.gauges import gauges


def canary_state(connection: Connection) -> Iterator[Metric]:
    """A canary that takes requests has no series."""
    yield gauges(
        "ringfence_canary_halted",
        "Canaries that are sent nothing, for having been bad more often than their champions: "
        "1 each.",
        ("model",),
        {(halt.model,): 1.0 for halt in halts_now(connection)}.items(),
    )
