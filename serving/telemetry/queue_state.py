"""Who waits for a place at a model, in this gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from router.load.gates import Load
from serving.telemetry.gauges import gauges


class QueueState(Collector):
    """Asks `load` (`Gates.load`) whenever the page is made; of one gateway."""

    def __init__(self, load: Callable[[], Mapping[str, Load]]) -> None:
        self._load = load

    def collect(self) -> Iterator[Metric]:
        load = self._load()
        yield gauges(
            "ringfence_queue_waiting",
            "Requests that wait for a place at a model.",
            ("model", "lane"),
            {
                (model, lane.value): level.waiting
                for model, found in load.items()
                for lane, level in found.levels.items()
            }.items(),
        )
        yield gauges(
            "ringfence_queue_inside",
            "Requests that hold a place at a model.",
            ("model", "lane"),
            {
                (model, lane.value): level.inside
                for model, found in load.items()
                for lane, level in found.levels.items()
            }.items(),
        )
        yield gauges(
            "ringfence_queue_places",
            "Places that this gateway has at a model.",
            ("model",),
            {(model,): found.size.places for model, found in load.items()}.items(),
        )
