"""Reading a page of `/metrics`."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families


def total(page: str, sample: str, **labels: str) -> float:
    """The sum of a sample's series that have these labels; -1 where there is none at all."""
    lines = [line for line in page.splitlines(keepends=True) if line.startswith(sample)]
    found = [
        each.value
        for family in text_string_to_metric_families("".join(lines))
        for each in family.samples
        if each.name == sample and labels.items() <= each.labels.items()
    ]
    return sum(found) if found else -1.0


def rise(before: str, after: str, sample: str, **labels: str) -> float:
    """From one page to a later one; a series that was not there was at 0."""
    return total(after, sample, **labels) - max(0.0, total(before, sample, **labels))
