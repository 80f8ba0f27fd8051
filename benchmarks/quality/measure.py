"""One run over a gateway → a record: the suites, who answered, what it comes to."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.machine import commit
from benchmarks.quality.bias import bbq_scores, flips
from benchmarks.quality.chosen import resolve
from benchmarks.quality.figures import figure
from benchmarks.quality.job import Finished, Job
from benchmarks.quality.record import (
    BiasPart,
    Build,
    Figure,
    FlipsPart,
    Model,
    Outcome,
    QualityRecord,
    SuitePart,
    Unanswered,
    slug,
)
from benchmarks.quality.run import OnItem, RunFailed, run_job
from benchmarks.quality.sample import sampled
from benchmarks.quality.suite import Suite
from benchmarks.quality.suites_file import SUITES
from router.task import Task

OTHER_MODEL = "other_model"
"""The code of an item that was answered by another model than the one that was asked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`url` is the gateway's, without `/v1`; `logs` keeps inspect's logs, texts included, and lets
    a run that was cut off go on where it stopped. None: they are removed.
    """

    url: str
    key: str = field(repr=False)
    choice: str
    seed: int = 1
    declare_task: bool = False
    logprobs: bool = False
    connections: int = 4
    timeout_s: float = 600.0
    limit: int | None = None
    folders: Mapping[str, Path] = field(default_factory=dict)
    suites_file: Path = SUITES
    logs: Path | None = None


def measure(asked: Asked, suites: Sequence[Suite], on_item: OnItem) -> QualityRecord:
    """Asks every item of the suites. Raises GatewayRefused, RunFailed."""
    model = resolve(asked.url, asked.key, asked.choice)
    with _log_folder(asked) as folder:
        finished = run_job(_job(asked, suites, folder), asked.key, on_item)
    return assemble(asked, suites, model, finished)


def assemble(
    asked: Asked, suites: Sequence[Suite], model: Model | None, finished: Finished
) -> QualityRecord:
    """Raises RunFailed where what was answered is no sample of the suites, or of one policy."""
    outcomes, unanswered = _of_model(model, finished)
    found = sampled(suites, unanswered)
    suites, names = found.suites, {suite.name for suite in found.suites}
    outcomes = tuple(each for each in outcomes if each.suite in names)
    unanswered = tuple(each for each in unanswered if each.suite in names)
    if len(finished.policy_digests) != 1:
        raise RunFailed(
            "the policy changed while the run went on, and what was answered is of both; run it "
            "again, with logs in another folder"
        )
    made_at = datetime.now(UTC).replace(microsecond=0)
    head, changed = commit(Path(__file__).parent)
    notes = {each.item: each.note for each in outcomes}
    graded = {each.item: (each.score, each.note) for each in outcomes}
    return QualityRecord(
        id=f"quality-{made_at:%Y%m%dT%H%M%SZ}-{head[:7]}",
        made_at=made_at,
        ringfence=Build(version=_version(), commit=head),
        uncommitted_changes=changed,
        inspect_ai=finished.inspect_ai,
        choice=asked.choice,
        model=model,
        policy_digest=finished.policy_digests[0],
        seed=asked.seed,
        declared_tasks=asked.declare_task,
        suites=tuple(_part(suite) for suite in suites),
        left_out=found.left_out,
        outcomes=outcomes,
        unanswered=unanswered,
        quality=_by_task(suites, outcomes),
        by_suite={
            suite.name: figures
            for suite in suites
            if (figures := _figure([each for each in outcomes if each.suite == suite.name]))
        },
        flips=tuple(
            FlipsPart(**asdict(each))
            for suite in suites
            if suite.entry.scorer == "decision"
            for each in flips(suite.items, notes)
        ),
        bbq=tuple(
            BiasPart(**asdict(each))
            for suite in suites
            if suite.entry.set_name == "bbq"
            for each in bbq_scores(suite.items, graded)
        ),
    )


@contextmanager
def _log_folder(asked: Asked) -> Iterator[Path]:
    """One for each choice: inspect takes a folder's logs for one set of runs."""
    if asked.logs is not None:
        yield asked.logs.resolve() / slug(asked.choice)
        return
    with tempfile.TemporaryDirectory(prefix="ringfence-quality-") as directory:
        yield Path(directory) / "logs"


def _job(asked: Asked, suites: Sequence[Suite], folder: Path) -> Job:
    return Job(
        url=asked.url,
        choice=asked.choice,
        suites=tuple(suite.name for suite in suites),
        suites_file=asked.suites_file.resolve(),
        folders={name: path.resolve() for name, path in asked.folders.items()},
        limit=asked.limit,
        seed=asked.seed,
        declare_task=asked.declare_task,
        logprobs=asked.logprobs,
        connections=asked.connections,
        timeout_s=asked.timeout_s,
        log_folder=folder,
    )


def _of_model(
    model: Model | None, finished: Finished
) -> tuple[tuple[Outcome, ...], tuple[Unanswered, ...]]:
    """A fallback's answers say nothing of the model that was asked for."""
    if model is None:
        return finished.outcomes, finished.unanswered
    own = tuple(each for each in finished.outcomes if each.model == model.key)
    others = tuple(
        Unanswered(suite=each.suite, item=each.item, code=OTHER_MODEL)
        for each in finished.outcomes
        if each.model != model.key
    )
    return own, finished.unanswered + others


def _part(suite: Suite) -> SuitePart:
    return SuitePart(
        name=suite.name,
        task=suite.entry.task,
        kind=suite.entry.kind,
        owner=suite.entry.owner,
        digest=suite.digest,
        items=len(suite.items),
    )


def _by_task(suites: Sequence[Suite], outcomes: Sequence[Outcome]) -> dict[Task, Figure]:
    """Over suites of kind `task`: resisting an attack is no sign of good answers."""
    tasks = {suite.name: suite.entry.task for suite in suites if suite.entry.kind == "task"}
    found = {
        task: _figure([each for each in outcomes if tasks.get(each.suite) is task])
        for task in sorted(set(tasks.values()))
    }
    return {task: figures for task, figures in found.items() if figures is not None}


def _figure(outcomes: Sequence[Outcome]) -> Figure | None:
    if not outcomes:
        return None
    return Figure(**asdict(figure([each.score for each in outcomes])))


def _version() -> str:
    try:
        return version("ringfence")
    except PackageNotFoundError:
        return "unknown"
