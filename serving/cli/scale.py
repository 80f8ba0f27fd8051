"""`ringfence scale`"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.table import Table

from router.accounts.people.permissions import Permission
from router.domain import JsonObject
from router.policy.policy import Rules
from router.registry.registry import VllmBackend
from serving.cli.actor import require_actor
from serving.cli.changes import carry_out, planned, running, said, shortages
from serving.cli.model_names import engine_key_of, engine_of
from serving.cli.options import EXIT_FAILED, STATE_DIR, AsJson, ReasonIfAny, StateDir
from serving.cli.output import cures, err, out, print_json
from serving.cli.served import require_served
from serving.cli.state import existing
from serving.cluster.capacity import Capacity, capacity_of
from serving.cluster.change import Change
from serving.cluster.database import open_database
from serving.cluster.launch import Launch
from serving.cluster.paths import ClusterPaths
from serving.cluster.report import Report
from serving.cluster.room import Demand, Room, needed
from serving.telemetry.under_way import UnderWay, under_way

_ASKED = re.compile(r"(?P<name>[^=]+)=(?P<sign>[+-]?)(?P<count>[0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class _Answer:
    """One model: `fits` is how many more replicas have room; `blockers` say why it cannot be.

    `under_way` is None where no gateway of this host says.
    """

    model: str
    before: int
    after: int
    target: int
    running: int
    under_way: UnderWay | None
    fits: int
    needs: Mapping[str, float]
    capacity: Capacity
    blockers: tuple[str, ...]

    def as_json(self) -> JsonObject:
        return {
            "model": self.model,
            "before": self.before,
            "after": self.after,
            "running": self.running,
            "requests": None if self.under_way is None else asdict(self.under_way),
            "fits_more": self.fits,
            "per_replica": {**self.needs, **self.capacity.as_json()},
            "blockers": list(self.blockers),
        }


def scale(
    counts: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME=N",
            help="A tier or a model, and how many replicas; +1 and -1 count from what is wanted.",
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what fits, and change nothing.")
    ] = False,
    drain_s: Annotated[
        float | None,
        typer.Option(
            help="How long a replica that leaves waits for its requests, in seconds; as long as a"
            " request may take, else.",
            min=1,
            max=86_400,
        ),
    ] = None,
    reason: ReasonIfAny = None,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Run more or fewer replicas of a model, without a restart of any that run.

    Says first what runs, what fits by what Ray has free, and what a replica holds. A tier means its
    one engine. The count holds until it is changed, or until the next `ringfence apply` or start,
    which go by models.yaml; it stays within the bounds that models.yaml sets. Exit status: 0, or 1
    if it cannot be done, 3 where no cluster runs.

    Example: ringfence scale private=4 --dry-run
    """
    paths = existing(state_dir)
    actor = None if dry_run else require_actor(state_dir, Permission.MOVE_MODELS)
    with cures():
        report = running(paths)
        rules = _serving(paths)
        wanted = {engine_key_of(name, rules): text for name, text in map(_parsed, counts)}
        answers = _answers(paths, report, rules, wanted)
        _print(answers, as_json=as_json)
        if any(answer.blockers for answer in answers):
            raise typer.Exit(EXIT_FAILED)
        replicas = {a.model: a.after for a in answers if a.after != a.before}
        if actor is None or not replicas:
            return
        change = Change(
            actor=actor.name,
            reason=reason or "",
            asked_at_s=time.time(),
            replicas=replicas,
            drain_s=drain_s,
        )
        carry_out(paths, change)
    for answer in answers:
        if answer.after != answer.target:
            err.print(
                f"models.yaml says {answer.target} replicas of {answer.model}: write "
                f"`target: {answer.after}` there, or the next `ringfence apply` goes back to it",
                style="yellow",
                markup=False,
            )


def _parsed(text: str) -> tuple[str, str]:
    """Raises BadParameter for what is not NAME=N."""
    match = _ASKED.fullmatch(text)
    if match is None:
        raise typer.BadParameter(f"{text}: write NAME=N, NAME=+N or NAME=-N, such as private=4")
    return match["name"], match["sign"] + match["count"]


def _serving(paths: ClusterPaths) -> Rules:
    engine = open_database(paths)
    try:
        return require_served(engine)
    finally:
        engine.dispose()


def _answers(
    paths: ClusterPaths, report: Report, rules: Rules, wanted: Mapping[str, str]
) -> list[_Answer]:
    fleet = planned(rules.registry, paths, report)
    accelerator = Launch.load(paths).accelerator
    room = Room(report.nodes)
    requests = under_way(paths.metrics)
    found = []
    for key, text in wanted.items():
        entry = rules.registry.entries[key]
        backend = engine_of(entry)
        model = report.models.get(key)
        if backend is None or model is None:
            raise ValueError(f"{key} does not run: ringfence apply")
        before, bundles = model.wanted, fleet[key].bundles
        after = before + int(text) if text[0] in "+-" else int(text)
        fits = room.fitting(bundles)
        blockers = [*_refusals(key, backend, after)]
        blockers += [said(s) for s in shortages(room, [Demand(key, after - before, bundles)])]
        found.append(
            _Answer(
                model=key,
                before=before,
                after=after,
                target=backend.replicas,
                running=model.running,
                under_way=None if requests is None else requests.get(key, UnderWay(0, 0)),
                fits=fits,
                needs=_needs(bundles),
                capacity=capacity_of(backend, accelerator, report.nodes),
                blockers=tuple(blockers),
            )
        )
    return found


def _refusals(key: str, backend: VllmBackend, after: int) -> list[str]:
    """What models.yaml has against it."""
    if backend.autoscaling is not None:
        followed = ", ".join(backend.autoscaling.targets.follows)
        return [f"{key}: its replicas follow the load ({followed}); its bounds are in models.yaml"]
    if after < 1:
        return [f"{key}: at least 1 replica runs; `ringfence models` retires a model"]
    if not backend.bounds.allow(after):
        bounds = backend.bounds
        return [
            f"{key}: models.yaml allows {bounds.least} to {bounds.most} replicas: change `min` or "
            "`max` there, and apply it"
        ]
    return []


def _needs(bundles: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """What people count: processors and GPUs."""
    total = needed(bundles)
    return {"cpus": total.get("CPU", 0.0), "gpus": total.get("GPU", 0.0)}


def _print(answers: Sequence[_Answer], *, as_json: bool) -> None:
    if as_json:
        print_json({"models": [answer.as_json() for answer in answers]})
        return
    table = Table(box=None)
    titles = (
        "model",
        "replicas",
        "running",
        "requests",
        "room for",
        "a replica takes",
        "and holds",
    )
    for title in titles:
        table.add_column(title)
    for answer in answers:
        table.add_row(
            answer.model,
            f"{answer.before} → {answer.after}",
            str(answer.running),
            _asked(answer.under_way),
            f"{answer.fits} more",
            ", ".join(f"{amount:g} {name}" for name, amount in answer.needs.items() if amount),
            _held(answer.capacity),
        )
    out.print(table)
    for answer in answers:
        if answer.capacity.unknown is not None:
            err.print(f"{answer.model}: what a replica holds is unknown: {answer.capacity.unknown}")
        for blocker in answer.blockers:
            err.print(f"ringfence: {blocker}", style="red", markup=False)


def _asked(found: UnderWay | None) -> str:
    return "unknown" if found is None else f"{found.running} run, {found.waiting} wait"


def _held(capacity: Capacity) -> str:
    if capacity.kv_tokens is None:
        return "unknown"
    return f"{capacity.kv_tokens:,} KV tokens, {capacity.concurrency} whole contexts"
