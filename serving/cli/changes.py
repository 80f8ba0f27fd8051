"""What `apply` and `scale` share: a cluster that runs, what fits on it, and a change to its end."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

import typer

from router.registry.registry import Registry
from serving.cli.options import EXIT_FAILED, EXIT_NOT_RUNNING
from serving.cli.output import Steps, err, fail
from serving.cluster.applications import Ground, ModelApplication, applications
from serving.cluster.change import Change, Stage
from serving.cluster.launch import Launch
from serving.cluster.nodes import is_zoned
from serving.cluster.paths import ClusterPaths
from serving.cluster.report import ENDED, Phase, Report, read_report
from serving.cluster.room import Demand, Room, Shortage

_POLL_S = 0.2
_TAKEN_UP_S = 30.0
_STEPS = {
    Stage.PREPARING: "weights of what is new, verified",
    Stage.ADDING: "what is new or changed, until it is healthy",
    Stage.SWITCHING: "rules, until every gateway decides by them",
    Stage.SETTLING: "requests that came under the old rules",
    Stage.REMOVING: "what leaves, after its requests ended",
}


def running(paths: ClusterPaths) -> Report:
    """The cluster, ready for a change; leaves with 3 where none runs, with 1 while one changes."""
    report = read_report(paths)
    if report is None or report.phase in ENDED:
        fail("no cluster runs from here: ringfence up", EXIT_NOT_RUNNING)
    if report.phase is not Phase.READY:
        fail(f"the cluster is {report.phase}: try again when `ringfence status` says ready")
    if report.change is not None and not report.change.is_over:
        fail("another change is under way: `ringfence status` says where it stands")
    return report


def planned(registry: Registry, paths: ClusterPaths, report: Report) -> dict[str, ModelApplication]:
    """The applications of a registry on this cluster. Raises ValueError for what it cannot run.

    They lack what only the supervisor knows, such as weights: for counting, and not for deploying.
    """
    launch = Launch.load(paths)
    ground = Ground(launch.accelerator, launch.state_dir, 0.0, is_zoned=is_zoned(report.nodes))
    return applications(registry, {}, ground)


def shortages(room: Room, demands: Iterable[Demand]) -> list[Shortage]:
    """What does not fit, if all of it is to run at once."""
    found = (room.take(demand) for demand in demands if demand.replicas > 0)
    return [shortage for shortage in found if shortage is not None]


def said(shortage: Shortage) -> str:
    fits = f"{shortage.fitting} fit" if shortage.fitting != 1 else "1 fits"
    return (
        f"{shortage.name}: no room for {shortage.replicas} more, {fits}: {shortage.why}; scale "
        "something down, lower the count, or add a node"
    )


def carry_out(paths: ClusterPaths, change: Change) -> None:
    """Has the supervisor do it, and follows it to its end; leaves with 1 where it failed.

    Ctrl-C ends the following and not the change.
    """
    change.save(paths)
    try:
        with Steps() as steps:
            _follow(paths, change, steps)
    except KeyboardInterrupt:
        err.print("the change goes on: `ringfence status` says where it stands", markup=False)
        raise typer.Exit(EXIT_FAILED) from None


def _follow(paths: ClusterPaths, change: Change, steps: Steps) -> None:
    asked_s = time.monotonic()
    steps.begin(_STEPS[Stage.PREPARING])
    while True:
        report = read_report(paths)
        if report is None or report.phase in ENDED:
            steps.done(failed=True)
            fail(f"the cluster has ended; logs: {paths.logs}", EXIT_NOT_RUNNING)
        found = report.change
        if found is None or found.id != change.id:
            if time.monotonic() - asked_s > _TAKEN_UP_S:
                steps.done(failed=True)
                fail(f"the supervisor has not taken up the change; logs: {paths.logs}")
        elif found.stage is Stage.FAILED:
            steps.done(failed=True)
            fail(f"what ran goes on running: {found.detail}")
        elif found.stage is Stage.DONE:
            steps.done()
            if found.detail:
                err.print(found.detail, style="yellow", markup=False)
            return
        else:
            steps.begin(_STEPS[found.stage])
            steps.say(found.detail)
        time.sleep(_POLL_S)


def by_model(fleet: Mapping[str, ModelApplication]) -> dict[str, ModelApplication]:
    """The application of each model, by the model's key."""
    return {key: made for made in fleet.values() for key in made.models}
