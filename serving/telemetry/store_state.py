"""What the writer of one gateway has not been able to write."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from serving.telemetry.gauges import gauge


class StoreState(Collector):
    """Asks `owed` (`Writer.owed`) whenever the page is made; of one gateway."""

    def __init__(self, owed: Callable[[], int]) -> None:
        self._owed = owed

    def collect(self) -> Iterator[Metric]:
        yield gauge(
            "ringfence_store_owed_jobs",
            "Jobs of the writer that have failed, and are tried until they are durable.",
            self._owed(),
        )
