"""Which models are drained, so that whoever looks at an idle one sees why."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric
from sqlalchemy import Connection

from router.load.drains import drains_now
from serving.telemetry.gauges import gauges


def drain_state(connection: Connection) -> Iterator[Metric]:
    """A model that people are let in to has no series."""
    yield gauges(
        "ringfence_model_drained",
        "Models that `ringfence drain` lets nobody in to: 1 each.",
        ("model",),
        {(drain.model,): 1.0 for drain in drains_now(connection)}.items(),
    )
