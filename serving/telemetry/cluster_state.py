"""What all gateways share: asked by whoever answers a scrape, and told once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from router.policy.policy import Rules
from router.protocols import Clock
from router.store.database import reading
from serving.telemetry.audit_state import audit_state
from serving.telemetry.budget_state import budget_state
from serving.telemetry.gauges import gauge, gauges
from serving.telemetry.gpu_state import CordonedGPUs, gpu_state
from serving.telemetry.rules_state import expiries

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReplicaCount:
    wanted: int
    running: int


ReplicaCounts: TypeAlias = Callable[[], Mapping[str, ReplicaCount]]
"""By deployment. May block, and may fail."""


class ClusterState(Collector):
    """Blocks on the database. Where that cannot be read, the page says so and has the rest."""

    def __init__(
        self,
        engine: Engine,
        rules: Callable[[], Rules],
        clock: Clock,
        replicas: ReplicaCounts | None = None,
        cordoned: CordonedGPUs | None = None,
    ) -> None:
        """`rules` are those in force; `replicas` is None where nobody counts any, `cordoned` where
        nobody watches GPUs.
        """
        self._engine = reading(engine)
        self._rules = rules
        self._clock = clock
        self._replicas = replicas
        self._cordoned = cordoned

    def collect(self) -> Iterator[Metric]:
        rules = self._rules()
        yield from self._stored(rules)
        yield from expiries(rules)
        if self._replicas is not None:
            yield from self._counted(self._replicas)
        if self._cordoned is not None:
            yield from self._posted(self._cordoned)

    def _counted(self, replicas: ReplicaCounts) -> list[Metric]:
        try:
            return list(replica_state(replicas()))
        except Exception as error:  # whatever Serve's controller raises while it is away
            logger.warning("replicas could not be counted: %s", type(error).__name__)
            return []

    def _posted(self, cordoned: CordonedGPUs) -> list[Metric]:
        try:
            return list(gpu_state(cordoned()))
        except Exception as error:  # whatever Ray's control service raises while it is away
            logger.warning("cordoned GPUs could not be read: %s", type(error).__name__)
            return []

    def _stored(self, rules: Rules) -> list[Metric]:
        up = "ringfence_database_up", "Whether the database can be read: 1 or 0."
        try:
            with self._engine.connect() as connection:
                return [
                    *audit_state(connection),
                    *budget_state(connection, rules.policy.limits, self._clock.now_s()),
                    gauge(*up, 1),
                ]
        except SQLAlchemyError as error:
            logger.warning("the database could not be read: %s", type(error).__name__)
            return [gauge(*up, 0)]


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
