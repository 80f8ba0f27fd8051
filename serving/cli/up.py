"""`ringfence up`"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Annotated

import typer

from hardware.accelerator import accelerator
from router.policy.load import load_rules
from serving.cli.down import stop
from serving.cli.gate_shown import GateFile, Rollback, Shown, WithoutGate
from serving.cli.gate_start import require_gated_start
from serving.cli.greeting import greet
from serving.cli.options import (
    EXIT_FAILED,
    MODELS,
    POLICY,
    STATE_DIR,
    DatabaseUrl,
    Models,
    Policy,
    StateDir,
)
from serving.cli.output import Steps, cures, err, fail
from serving.cli.unrecorded import require_startable
from serving.cluster.accounts import first_key
from serving.cluster.database_url import VARIABLE, refuse_another_database, take_database_url
from serving.cluster.exposure import refuse_exposure
from serving.cluster.launch import JudgedRules, Launch
from serving.cluster.paths import ClusterPaths
from serving.cluster.ports import choose_ports
from serving.cluster.report import ENDED, Phase, Report, is_running, read_report
from serving.cluster.secrets import take_credentials
from serving.cluster.stand_ins import credential_names, providers_without_credential

_STEPS = {
    Phase.PREPARING: "cleaning up what an earlier cluster left",
    Phase.WEIGHTS: "weights (converted once, kept in the cache)",
    Phase.SIMULATOR: "simulator, standing in for providers without a credential",
    Phase.RAY: "Ray",
    Phase.SERVE: "Ray Serve and its ingress",
    Phase.DEPLOYING: "engines, adapters and gateway (a minute or two: the engines load)",
}
_POLL_S = 0.2
_SUPERVISOR_START_S = 30.0


def up(
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Return when it is up.")] = False,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0 for any.", min=0, max=65535)
    ] = 8080,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    gateway_replicas: Annotated[int, typer.Option(min=1, help="Gateways.")] = 1,
    database_url: DatabaseUrl = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key, PEM.")] = None,
    gate: GateFile = None,
    rollback: Rollback = None,
    without_gate: WithoutGate = None,
    simulate_engines: Annotated[
        bool,
        typer.Option(
            "--simulate-engines",
            help="For drills: engines that load no weights, need no GPU and make answers up.",
        ),
    ] = False,
    insecure_plaintext_off_loopback: Annotated[
        bool,
        typer.Option(
            "--insecure-plaintext-off-loopback",
            help="Listen off loopback without TLS: anybody on the way reads prompts and keys.",
        ),
    ] = False,
) -> None:
    """Start the cluster, and stay with it until Ctrl-C; with --detach return when it is up.

    Provider keys in the environment (OPENAI_API_KEY, …) and RINGFENCE_DATABASE_URL move into files
    of mode 0600 in the state directory; where there is no provider's key, the simulator stands in.
    Where what served last asks for a gate, other files start with --gate, --rollback or
    --without-gate alone. If the cluster runs already this says where, and that is no error. Exit
    status: 0, or 1 if it does not come up: then nothing is left running.

    Example: ringfence up --detach --port 8080
    """
    shown = Shown(gate, rollback, without_gate)
    paths = ClusterPaths.of(state_dir)
    if is_running(paths):
        _say_that_it_runs(paths, database_url)
        return
    with Steps() as steps, cures():
        refuse_exposure(host, tls_cert, tls_key, insecure_plaintext_off_loopback, os.environ)
        steps.begin("configuration, proven")
        asked_at_s = time.time()
        rules = load_rules(models, policy)
        registry = rules.registry
        steps.begin("keys and secrets")
        paths.create()
        take_database_url(paths, database_url, os.environ)
        require_startable(state_dir, models)
        require_gated_start(paths, rules.policy.text, shown)
        key = first_key(paths)
        available = take_credentials(paths, credential_names(registry), os.environ)
        Launch(
            cluster_id=uuid.uuid4().hex,
            state_dir=str(paths.state),
            models=str(models.absolute()),
            policy=str(policy.absolute()),
            host=host,
            ports=choose_ports(host, port),
            accelerator=accelerator(),
            simulated=tuple(sorted(providers_without_credential(registry, available))),
            gateway_replicas=gateway_replicas,
            tls_cert=str(tls_cert.absolute()) if tls_cert else None,
            tls_key=str(tls_key.absolute()) if tls_key else None,
            simulates_engines=simulate_engines,
            parent_pid=None if detach else os.getpid(),
            judged=JudgedRules(rules.policy.digest, asked_at_s),
        ).save(paths)
        report = _start(paths, steps)
    greet(report, key, steps.total_s, paths)
    if not detach:
        _stay(paths)


def _start(paths: ClusterPaths, steps: Steps) -> Report:
    """Runs the supervisor and follows it to READY. Raises typer.Exit, leaving nothing running."""
    signal.signal(signal.SIGTERM, _interrupt)
    log = paths.logs / "supervisor.log"
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
        supervisor = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "serving.cluster.supervisor", str(paths.state)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Its own session: Ctrl-C is ours to pass on, and a closed terminal does not reach it.
            start_new_session=True,
        )
    try:
        return _follow(paths, supervisor, steps)
    except (KeyboardInterrupt, SystemExit):
        steps.begin("stopping")
        supervisor.terminate()
        supervisor.wait()
        raise


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _follow(paths: ClusterPaths, supervisor: subprocess.Popen[bytes], steps: Steps) -> Report:
    while True:
        report = read_report(paths)
        if report is not None and report.pid == supervisor.pid:
            if report.phase is Phase.READY:
                return report
            if report.phase in ENDED or supervisor.poll() is not None:
                steps.done(failed=True)
                supervisor.wait()
                fail(f"the cluster did not come up\n{report.detail}\nlogs: {paths.logs}")
            if report.phase in _STEPS:
                steps.begin(_STEPS[report.phase])
                steps.say(_waiting_for(report))
        elif supervisor.poll() is not None:
            fail(f"the supervisor ended with {supervisor.returncode}; see {paths.logs}")
        time.sleep(_POLL_S)


def _waiting_for(report: Report) -> str:
    pending = [name for name, state in report.deployments.items() if state != "HEALTHY"]
    return f"waiting for {', '.join(pending)}" if pending else ""


def _stay(paths: ClusterPaths) -> None:
    """Waits with the cluster in the foreground; a signal ends both."""
    try:
        while is_running(paths):
            time.sleep(_POLL_S)
    except KeyboardInterrupt:
        with Steps() as steps:
            steps.begin("draining and stopping")
            stop(paths)
        return
    report = read_report(paths)
    if report is not None and report.phase is not Phase.STOPPED:
        fail(f"the cluster ended: {report.detail or report.phase}", EXIT_FAILED)


def _say_that_it_runs(paths: ClusterPaths, database_url: str | None) -> None:
    report = read_report(paths)
    if report is None or report.phase is not Phase.READY:
        fail("the cluster is starting or stopping: ringfence status")
    err.print("the cluster runs already", markup=False)
    with cures():
        refuse_another_database(paths, {VARIABLE: database_url or ""})
        key = first_key(paths)
    greet(report, key, None, paths)
