"""`ringfence status`"""

from __future__ import annotations

import time
from dataclasses import asdict

import typer
from rich.table import Table

from serving.cli.options import EXIT_FAILED, EXIT_NOT_RUNNING, STATE_DIR, AsJson, StateDir
from serving.cli.output import fail, out, print_json
from serving.cluster.paths import ClusterPaths
from serving.cluster.report import ENDED, Phase, read_report


def status(state_dir: StateDir = STATE_DIR, as_json: AsJson = False) -> None:
    """Say whether the cluster is up, where, how each deployment does, and with how many replicas.

    Exit status: 0 ready, 1 starting, stopping or failed, 3 not running.

    Example: ringfence status --json
    """
    paths = ClusterPaths.of(state_dir)
    report = read_report(paths)
    if report is None:
        if as_json:
            print_json({"phase": "absent"})
            raise typer.Exit(EXIT_NOT_RUNNING)
        fail(f"no cluster was ever started from {paths.state}: ringfence up", EXIT_NOT_RUNNING)
    if as_json:
        print_json(asdict(report))
    else:
        age = f", started {time.time() - report.started_at_s:.0f} s ago"
        ended = report.phase in ENDED
        out.print(f"{report.phase}" + ("" if ended else f" at {report.url}{age}"), markup=False)
        if not ended:
            table = Table(box=None, show_header=False)
            replicas = {model.application: model for model in report.models.values()}
            for name, state in report.deployments.items():
                model = replicas.get(name)
                count = "" if model is None else f"{model.running}/{model.wanted} replicas"
                table.add_row(name, state.lower(), count)
            for provider in report.simulated:
                table.add_row(provider, "simulated")
            out.print(table)
        if report.change is not None and not report.change.is_over:
            detail = f": {report.change.detail}" if report.change.detail else ""
            out.print(f"a change is under way, {report.change.stage}{detail}", markup=False)
        if report.detail:
            out.print(report.detail, markup=False)
    if report.phase in (Phase.STOPPED, Phase.CRASHED):
        raise typer.Exit(EXIT_NOT_RUNNING)
    if report.phase is not Phase.READY:
        raise typer.Exit(EXIT_FAILED)
