"""What is known of one request so far: the headers of its answer and its record are made of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from router.cascade.beside import BESIDE
from router.dialects.heard import Heard
from router.domain import Attempt, Classification, Decision, PlanStep
from router.privacy.output.report import OutputReport
from router.task import Escalation
from router.telemetry.itl import InterTokenLatency
from router.telemetry.steps import Mark, Step


@dataclass(slots=True)
class Trail:
    """Filled in along a request's way, so that an error half-way still says how far it came.

    The only mutable thing that travels with a request; each field is set once, `attempts`
    and `marks` grow, and `output`, `heard` and `itl` are filled in while the answer passes.
    """

    request_id: str
    classification: Classification | None = None
    decision: Decision | None = None
    step: PlanStep | None = None
    attempts: list[Attempt] = field(default_factory=list)
    dropped_fields: tuple[str, ...] = ()
    ttft_s: float | None = None
    heard: Heard = field(default_factory=Heard, repr=False)
    """All that `step` has said so far, whoever may have it, and whoever has read it yet."""
    output: OutputReport = field(default_factory=OutputReport)
    marks: list[Mark] = field(default_factory=list)
    itl: InterTokenLatency = field(default_factory=InterTokenLatency)
    traceparent: str | None = None
    escalation: Escalation | None = None
    held: bool = False
    """Whether a stream was held back until it was judged."""

    def begins(self, step: Step, at_s: float) -> None:
        """Whatever was done up to `at_s`, on the monotonic clock, is over."""
        self.marks.append(Mark(step, at_s))

    @property
    def fallbacks(self) -> tuple[str, ...]:
        """The models that were tried in vain before the one that answered, in order."""
        answered_by = self.step.model.key if self.step else None
        in_vain = (attempt for attempt in self.attempts if attempt.outcome not in BESIDE)
        tried = dict.fromkeys(attempt.model for attempt in in_vain)
        return tuple(model for model in tried if model != answered_by)
