"""Copies of requests that no shadow was asked, in this gateway."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from router.trials.shadows import ShadowRoom


class ShadowState(Collector):
    """Looks into `room` whenever the page is made; of one gateway."""

    def __init__(self, room: ShadowRoom) -> None:
        self._room = room

    def collect(self) -> Iterator[Metric]:
        family = CounterMetricFamily(
            "ringfence_shadow_dropped",
            "Copies that were drawn for a shadow and not sent, by why.",
            labels=("model", "reason"),
        )
        for (model, reason), count in tuple(self._room.dropped.items()):
            family.add_metric((model, reason), count)
        yield family
