"""What all gateways share: asked by whoever answers a scrape, and told once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, TypeVar

from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from hardware.gpu_table import load_gpus
from router.policy.policy import Rules
from router.protocols import Clock
from router.registry.registry import Registry
from router.store.database import reading
from serving.replica_counts import ReplicaCount
from serving.telemetry.audit_state import audit_state
from serving.telemetry.budget_state import budget_state
from serving.telemetry.canary_state import canary_state
from serving.telemetry.drain_state import drain_state
from serving.telemetry.engine_state import EngineLoad, EngineLoads, engine_state
from serving.telemetry.gauges import gauge, gauges
from serving.telemetry.gpu_state import CordonedGPUs, gpu_state
from serving.telemetry.record_state import RecordState
from serving.telemetry.rules_state import expiries

logger = logging.getLogger(__name__)

_T = TypeVar("_T")


ReplicaCounts: TypeAlias = Callable[[], Mapping[str, ReplicaCount]]
"""By deployment. May block, and may fail."""


@dataclass(frozen=True, slots=True)
class ClusterView:
    """What only a cluster's own services know; each None where there is nobody to ask."""

    replicas: ReplicaCounts | None = None
    cordoned: CordonedGPUs | None = None
    engines: EngineLoads | None = None


class ClusterState(Collector):
    """Blocks on the database. Where that cannot be read, the page says so and has the rest."""

    def __init__(
        self,
        engine: Engine,
        rules: Callable[[], Rules],
        clock: Clock,
        view: ClusterView | None = None,
    ) -> None:
        """`rules` are those in force."""
        self._engine = reading(engine)
        self._rules = rules
        self._clock = clock
        self._view = view or ClusterView()
        self._records = RecordState(load_gpus())

    def collect(self) -> Iterator[Metric]:
        rules = self._rules()
        yield from self._stored(rules)
        yield from expiries(rules)
        view = self._view
        yield from _told("replicas", view.replicas, replica_state)
        yield from _told("cordoned GPUs", view.cordoned, gpu_state)
        yield from _told("loads of engines", view.engines, partial(self._engines, rules.registry))

    def _engines(self, registry: Registry, loads: Iterable[EngineLoad]) -> Iterator[Metric]:
        found = tuple(loads)
        yield from engine_state(found)
        yield self._records.state(registry, found)

    def _stored(self, rules: Rules) -> list[Metric]:
        up = "ringfence_database_up", "Whether the database can be read: 1 or 0."
        try:
            with self._engine.connect() as connection:
                return [
                    *audit_state(connection),
                    *drain_state(connection),
                    *canary_state(connection, rules),
                    *budget_state(connection, rules.policy.limits, self._clock.now_s()),
                    gauge(*up, 1),
                ]
        except SQLAlchemyError as error:
            logger.warning("the database could not be read: %s", type(error).__name__)
            return [gauge(*up, 0)]


def _told(
    what: str, ask: Callable[[], _T] | None, shown: Callable[[_T], Iterable[Metric]]
) -> list[Metric]:
    if ask is None:
        return []
    try:
        return list(shown(ask()))
    except Exception as error:  # whatever Ray's and Serve's controllers raise while they are away
        logger.warning("%s could not be read: %s", what, type(error).__name__)
        return []


def replica_state(counts: Mapping[str, ReplicaCount]) -> Iterator[Metric]:
    yield gauges(
        "ringfence_replicas_wanted",
        "Replicas that a deployment (a model, an adapter, the gateway) is meant to have.",
        ("deployment",),
        {(name,): count.wanted for name, count in counts.items()}.items(),
    )
    yield gauges(
        "ringfence_replicas_running",
        "Replicas of a deployment that run.",
        ("deployment",),
        {(name,): count.running for name, count in counts.items()}.items(),
    )
