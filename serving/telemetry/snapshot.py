"""What one process counts, as JSON, and many of those as metrics again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, TypedDict

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

GATEWAY = "gateway"
"""The label that says of whom a series is. Each gateway counts from 0, and ends with its series."""

Sample: TypeAlias = tuple[str, dict[str, str], float]


class Family(TypedDict):
    documentation: str
    type: str
    samples: list[Sample]


Snapshot: TypeAlias = dict[str, Family]
"""By the family's name."""


def snapshot_of(collector: Collector) -> Snapshot:
    # When a series began is of no use here: a process' series begin with it.
    return {
        metric.name: Family(
            documentation=metric.documentation,
            type=metric.type,
            samples=[
                (sample.name, dict(sample.labels), float(sample.value))
                for sample in metric.samples
                if not sample.name.endswith("_created")
            ],
        )
        for metric in collector.collect()
    }


def merged(snapshots: Mapping[str, Snapshot]) -> list[Metric]:
    """One metric for each family that anybody has; `snapshots` are by the gateway's name."""
    metrics: dict[str, Metric] = {}
    for gateway, snapshot in snapshots.items():
        for name, family in snapshot.items():
            if name not in metrics:
                metrics[name] = Metric(name, family["documentation"], family["type"])
            for sample, labels, value in family["samples"]:
                metrics[name].add_sample(sample, {**labels, GATEWAY: gateway}, value)
    return list(metrics.values())
