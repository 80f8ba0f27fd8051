"""What a run leaves: routers beside each other on one set, with intervals, and on what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from benchmarks.machine import Machine
from benchmarks.routing.routers.learned import NAME as OURS

MIN_APGR = 0.68
"""Of the pair of the issue's goal."""
MAX_OVERHEAD_P50_MS = 8.0


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(_Part):
    """With its 95% interval, from a bootstrap over groups of questions."""

    value: float
    low: float
    high: float


class Against(_Part):
    """Ours less a baseline's, paired: on the same questions and in the same resamples."""

    baseline: str
    difference: Figure


class Metric(_Part):
    """`share` is the part of the oracle's gain over the hull; `apgr` the average performance gap
    recovered, of a pair. `against` compares ours with each baseline.
    """

    kind: Literal["share", "apgr"]
    routers: dict[str, Figure]
    against: tuple[Against, ...]

    @property
    def ours(self) -> Figure:
        return self.routers[OURS]

    @property
    def best_baseline(self) -> str:
        others = {name: figure.value for name, figure in self.routers.items() if name != OURS}
        return max(others, key=lambda name: others[name])

    def less(self, baseline: str) -> Figure:
        """Ours less that one's. Raises StopIteration for what was not compared."""
        return next(each.difference for each in self.against if each.baseline == baseline)


class Point(_Part):
    cost_usd: float
    quality: float


class Comparison(_Part):
    """One pool of models, the task given or guessed from the text.

    `curves` are mean cost against mean quality, by router, and for `hull` and `oracle`.
    `operating` is where ours stands at half of the hull's range of costs.
    """

    pool: str
    models: tuple[str, ...]
    is_task_given: bool
    metrics: tuple[Metric, ...]
    curves: dict[str, tuple[Point, ...]]
    operating: Point

    def metric(self, kind: Literal["share", "apgr"]) -> Metric | None:
        return next((each for each in self.metrics if each.kind == kind), None)

    @property
    def name(self) -> str:
        return f"{self.pool}, task {'given' if self.is_task_given else 'guessed'}"


class Judged(_Part):
    """The pair, where the weak model was asked first, and `seconds` beside it: `metric` is of
    routers that know whether they agree. `cheap_cost` is what all the cheap answers cost, for one
    of the strong: a cascade pays only as far as that is small.
    """

    seconds: tuple[str, ...]
    cheap_cost: float
    metric: Metric


class Overhead(_Part):
    """Embedding, features and prediction of one request at a time, on one thread."""

    requests: int
    chars_p50: int
    p50_ms: float
    p99_ms: float
    embedding_p50_ms: float


class MeasuredSet(_Part):
    name: str
    digest: str
    questions: int
    groups: int
    models: tuple[str, ...]
    left_out: tuple[str, ...]


class Method(_Part):
    profile: str
    folds: int
    resamples: int
    seed: int
    embedder: str
    prices_digest: str


class RoutingRecord(_Part):
    schema_version: Literal[1] = 1
    suite: Literal["routing"] = "routing"
    measured_at: datetime
    commit: str
    uncommitted_changes: bool
    machine: Machine
    libraries: dict[str, str]
    set: MeasuredSet
    method: Method
    task_accuracy: float
    comparisons: tuple[Comparison, ...]
    pair: tuple[str, str]
    judged: Judged | None
    overhead: Overhead

    @property
    def goals(self) -> Mapping[str, bool]:
        """What was to be reached, in words, and whether it was."""
        shares = [
            metric for each in self.comparisons if (metric := each.metric("share")) is not None
        ]
        least = [metric.less(metric.best_baseline) for metric in shares]
        every = [each.difference for metric in shares for each in metric.against]
        given = [
            metric
            for each in self.comparisons
            if each.is_task_given and (metric := each.metric("apgr")) is not None
        ]
        return {
            "share of the oracle's gain: more than any baseline, everywhere": all(
                each.value > 0 for each in least
            ),
            "significantly more than the best baseline, somewhere": any(
                each.low > 0 for each in least
            ),
            "significantly less than a baseline, nowhere": all(each.high >= 0 for each in every),
            f"APGR of the pair before any answer: at least {MIN_APGR:.2f}": bool(given)
            and all(metric.ours.value >= MIN_APGR for metric in given),
            f"APGR of the pair with the cheap answers in hand: at least {MIN_APGR:.2f}": (
                self.judged is not None and self.judged.metric.ours.value >= MIN_APGR
            ),
            f"overhead p50: at most {MAX_OVERHEAD_P50_MS:g} ms": self.overhead.p50_ms
            <= MAX_OVERHEAD_P50_MS,
        }

    @property
    def missed(self) -> tuple[str, ...]:
        return tuple(goal for goal, is_met in self.goals.items() if not is_met)


def save(record: RoutingRecord, folder: Path) -> Path:
    """Writes the record under a name that sorts by time; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = record.measured_at.strftime("%Y%m%dT%H%M%SZ")
    path = folder / f"routing-{record.set.name}-{stamp}-{record.commit[:7]}.json"
    path.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def newest(folder: Path) -> RoutingRecord | None:
    """The newest whole run."""
    read = (
        RoutingRecord.model_validate_json(path.read_text("utf-8"))
        for path in sorted(folder.glob("routing-*.json"))
    )
    whole = (record for record in read if record.method.profile == "standard")
    return max(whole, key=lambda record: record.measured_at, default=None)
