"""Where the gateway's own time goes: what its page of metrics says, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from router.telemetry.steps import Step

_FAMILY = "ringfence_step_duration_seconds"
BEFORE_DISPATCH = (Step.CLASSIFY, Step.DECIDE, Step.RECORD)
"""What every request waits for before a model has it."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What `count` requests have spent on one step, together."""

    count: int
    seconds: float

    def since(self, before: Spent) -> Spent:
        return Spent(self.count - before.count, self.seconds - before.seconds)

    @property
    def mean_ms(self) -> float:
        return self.seconds / self.count * 1_000 if self.count else 0.0


def spent(page: str) -> dict[Step, Spent]:
    """Of each step, since that gateway began. Raises ValueError for a page that cannot be read."""
    values = {
        (sample.name, sample.labels["step"]): sample.value
        for family in text_string_to_metric_families(_lines_of(page))
        for sample in family.samples
        if "step" in sample.labels and "le" not in sample.labels
    }
    return {
        step: Spent(
            int(values.get((f"{_FAMILY}_count", step.value), 0)),
            values.get((f"{_FAMILY}_sum", step.value), 0.0),
        )
        for step in Step
    }


def rise(before: Mapping[Step, Spent], after: Mapping[Step, Spent]) -> dict[Step, Spent]:
    return {step: after[step].since(before[step]) for step in Step}


def _lines_of(page: str) -> str:
    return "".join(line for line in page.splitlines(keepends=True) if line.startswith(_FAMILY))
