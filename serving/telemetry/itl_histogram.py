"""Inter-token latency as a histogram of Prometheus, of counts that come with each answer.

The client library's own histogram takes one value at a time: for a long answer, all streams of the
gateway would stand still for milliseconds when it ends.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

from router.telemetry.itl import BOUNDS_S, ItlCounts

_LE = (*map(str, BOUNDS_S), "+Inf")


class ItlHistogram(Collector):
    """Registers itself. Thread-safe."""

    def __init__(
        self, name: str, what: str, labels: tuple[str, ...], registry: CollectorRegistry
    ) -> None:
        self._name, self._what, self._labels = name, what, labels
        self._counted: dict[tuple[str, ...], ItlCounts] = {}
        self._lock = threading.Lock()
        registry.register(self)

    def add(self, labels: tuple[str, ...], answer: ItlCounts) -> None:
        with self._lock:
            before = self._counted.get(labels, ItlCounts())
            counts = tuple(map(sum, zip(before.counts, answer.counts, strict=True)))
            self._counted[labels] = ItlCounts(counts, before.sum_s + answer.sum_s)

    def describe(self) -> Iterator[HistogramMetricFamily]:
        yield HistogramMetricFamily(self._name, self._what, labels=self._labels)

    def collect(self) -> Iterator[HistogramMetricFamily]:
        with self._lock:
            counted = dict(self._counted)
        family = HistogramMetricFamily(self._name, self._what, labels=self._labels)
        for labels, each in counted.items():
            buckets = list(zip(_LE, accumulate(each.counts), strict=True))
            family.add_metric(labels, buckets, each.sum_s)
        yield family
