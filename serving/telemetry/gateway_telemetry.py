"""What one gateway tells of itself, wired."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.registry import Collector
from starlette.types import ASGIApp

from router.policy.policy import Rules
from router.protocols import Detector
from router.telemetry.observer import Observer, Observers
from serving.telemetry.detector import WatchedDetector
from serving.telemetry.families import Families
from serving.telemetry.http import WatchedApp
from serving.telemetry.names import BoundedNames
from serving.telemetry.pages import MetricsPages
from serving.telemetry.request_metrics import RequestMetrics

T = TypeVar("T")


class Tracing(Observer, Protocol):
    """What draws spans; OpenTelemetry is an extra, and this knows nothing of it."""

    def close(self) -> None: ...


class GatewayTelemetry:
    """Counters of one gateway, and what stands around its parts to count them.

    Nothing in it is of the process: two gateways in one have two of these.
    """

    def __init__(self, traces: Tracing | None = None) -> None:
        """`traces` are told of every request's end, too, and closed with this."""
        self._registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self._registry)
        self._families = Families(self._registry)
        self._traces = traces
        metrics = RequestMetrics(self._families, BoundedNames())
        self.observers = Observers([metrics] if traces is None else [metrics, traces])

    def start(self) -> None:
        """Nothing has to begin: what is counted before is counted, too."""

    def close(self) -> None:
        if self._traces is not None:
            self._traces.close()

    def expect(self, models: Iterable[str]) -> None:
        """Shows what rarely happens to a model at 0: of a series that begins at 1, nobody sees the
        rise. `models` are registry keys.
        """
        for model in models:
            self._families.egress_refused.labels(model)
            self._families.fallbacks.labels(model)

    def watched_wiring(self, wire: Callable[[Rules], T]) -> Callable[[Rules], T]:
        """`wire`, whose rules' models are expected from then on: those that were applied after the
        start as well. On whatever thread it is called.
        """

        def wired(rules: Rules) -> T:
            made = wire(rules)
            self.expect(rules.registry.entries)
            return made

        return wired

    def watched_detector(self, detector: Detector) -> Detector:
        return WatchedDetector(detector, self._families)

    def watched_app(self, app: ASGIApp) -> ASGIApp:
        return WatchedApp(app, self._families)

    def pages(
        self, own: Iterable[Collector], shared: Iterable[Collector], directory: Path | None
    ) -> MetricsPages:
        """`own` collectors are of this gateway, `shared` ones of all; see `MetricsPages`."""
        for collector in own:
            self._registry.register(collector)
        return MetricsPages(self._registry, shared, directory)
