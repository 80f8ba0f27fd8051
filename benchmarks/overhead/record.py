"""What a run leaves: what the gateway added to each kind of request, and on what.

The digest is over all of a record's content: one that somebody changed by hand is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from benchmarks.machine import Machine
from benchmarks.overhead.workload import Case
from benchmarks.throughput.record import digest_of
from benchmarks.throughput.validity import DISTURBED_SHARE

GOAL_MS = 15.0
"""Added to the time to first token of a seen conversation, p50, on two cores."""
MIN_PAIRS = 300
"""In each case of a run that stands for something."""

_CLIENT_BOUND_SHARE = 0.5
"""Of one core: a reader that works for longer than it waits reads late."""


class RecordRefused(ValueError):
    """A file that is no record of this release, or not the one that was written."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Spread(_Part):
    p50_ms: float
    p95_ms: float


class Added(_Part):
    """By the gateway to the bare ingress, pair by pair: median with its 95% interval, and mean."""

    p50_ms: float
    low_ms: float
    high_ms: float
    mean_ms: float


class Door(_Part):
    """`ttfts_ms` and `e2es_ms` are of each request, in the order of the pairs."""

    ttft: Spread
    e2e: Spread
    ttfts_ms: tuple[float, ...]
    e2es_ms: tuple[float, ...]


class StepMean(_Part):
    """What the gateway says of itself: so many requests, and what one spent on the step."""

    step: str
    n: int
    mean_ms: float


class Compared(_Part):
    """One case. `others_share` is of all usable cores, None where the system does not say;
    `served_cpu_ms` and `client_cpu_ms` are of a pair of requests.
    """

    case: Case
    n: int
    workload_digest: str
    bare: Door
    gateway: Door
    ttft_added: Added
    e2e_added: Added
    steps: tuple[StepMean, ...]
    wall_s: float
    served_cpu_ms: float | None
    client_cpu_ms: float
    others_share: float | None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes these figures worth less than they look."""
        return tuple(self._warnings())

    def _warnings(self) -> Iterator[str]:
        if self.n < MIN_PAIRS:
            yield f"few pairs: {self.n}, and {MIN_PAIRS} are wanted"
        if self.others_share is not None and self.others_share > DISTURBED_SHARE:
            yield f"disturbed: others used {self.others_share:.0%} of the CPU"
        if self.client_cpu_ms * self.n > _CLIENT_BOUND_SHARE * self.wall_s * 1_000:
            yield "client-bound: what asks had no CPU left"


class Engine(_Part):
    """The simulated engine: the same for every request, whichever door it comes through."""

    ttft_s: float
    itl_s: float


class OverheadRecord(_Part):
    """`definitions` say what each figure means, in words."""

    schema_version: Literal[1] = 1
    suite: Literal["overhead"] = "overhead"
    measured_at: datetime
    commit: str
    uncommitted_changes: bool
    machine: Machine
    libraries: dict[str, str]
    definitions: dict[str, str]
    engine: Engine
    policy_digest: str
    seed: int
    prompt_tokens: int
    answer_tokens: int
    compared: tuple[Compared, ...]
    digest: str = ""

    def of(self, case: Case) -> Compared:
        """Raises StopIteration for what was not measured."""
        return next(each for each in self.compared if each.case is case)

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(f"{each.case}: {said}" for each in self.compared for said in each.warnings)

    @property
    def is_whole(self) -> bool:
        """Whether its figures are those of the machine alone, and enough of them."""
        return {each.case for each in self.compared} == set(Case) and not self.warnings

    @property
    def goals(self) -> dict[str, bool]:
        """In words, and whether this run met them."""
        added = self.of(Case.SEEN).ttft_added
        goal = f"TTFT of a seen conversation grows by at most {GOAL_MS:g} ms, p50"
        return {goal: added.p50_ms <= GOAL_MS}

    @property
    def missed(self) -> tuple[str, ...]:
        return tuple(goal for goal, is_met in self.goals.items() if not is_met)


def to_json(record: OverheadRecord) -> str:
    """With the digest of all of it."""
    content = record.model_dump(mode="json")
    content["digest"] = digest_of(content)
    return json.dumps(content, indent=1) + "\n"


def save(record: OverheadRecord, folder: Path) -> Path:
    """Writes the record under a name that sorts by time; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = record.measured_at.strftime("%Y%m%dT%H%M%SZ")
    path = folder / f"overhead-{stamp}-{record.commit[:7]}.json"
    path.write_text(to_json(record), encoding="utf-8")
    return path


def read(path: Path) -> OverheadRecord:
    """Raises RecordRefused, with what is wrong and what to do, and OSError."""
    text = path.read_text("utf-8")
    try:
        record = OverheadRecord.model_validate_json(text)
    except ValidationError as error:
        at = ".".join(map(str, error.errors(include_input=False)[0]["loc"]))
        raise RecordRefused(f"{path} is no record of this release: see `{at}`") from None
    if record.digest != digest_of(json.loads(text)):
        raise RecordRefused(
            f"{path} is not what was measured: its digest is of other content. Put the file back "
            "that was written, or measure again"
        )
    return record


def newest(folder: Path) -> OverheadRecord | None:
    """The newest whole run. Raises RecordRefused."""
    whole = (record for record in map(read, folder.glob("overhead-*.json")) if record.is_whole)
    return max(whole, key=lambda record: record.measured_at, default=None)
