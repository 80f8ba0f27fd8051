"""Gauges that were looked at just now."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily


def gauge(name: str, what: str, value: float | None) -> GaugeMetricFamily:
    """One series, or none where there is nothing to say."""
    return gauges(name, what, (), () if value is None else [((), value)])


def gauges(
    name: str,
    what: str,
    labels: tuple[str, ...],
    values: Iterable[tuple[tuple[str, ...], float]],
) -> GaugeMetricFamily:
    """`values` come with the labels' values, in the order of `labels`."""
    family = GaugeMetricFamily(name, what, labels=labels)
    for of, value in values:
        family.add_metric(of, value)
    return family
