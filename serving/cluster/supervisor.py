"""The process that owns a cluster: simulator, Ray, and the Serve application on it.

`python -m serving.cluster.supervisor STATE_DIR`, started by `ringfence up`. SIGTERM and SIGINT end
all of it in order: Serve drains, Ray ends, and what outlives them (HAProxy does) is ended by its
identity. What a killed predecessor left is ended first, in the same way.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from router.registry.registry import Registry, VllmBackend
from serving.cluster import processes, report
from serving.cluster.exposure import is_loopback
from serving.cluster.ingress import write_ingress_program
from serving.cluster.judged_rules import FilesChanged, judged_rules
from serving.cluster.launch import Launch
from serving.cluster.paths import ClusterPaths
from serving.cluster.ray_environment import ray_environment
from serving.cluster.report import ModelReport, Phase, Report
from serving.cluster.stand_ins import (
    base_urls,
    providers_without_credential,
    start_simulator,
    stop_all,
)

if TYPE_CHECKING:
    from serving.cluster.deploy import ApplicationState
    from serving.cluster.fleet import Fleet

_START_S = 900.0
_WATCH_PERIOD_S = 5.0
_STEP_PERIOD_S = 0.5
"""How soon a change that is wanted is taken up, and goes on."""
_UNANSWERED_S = 30.0


class StartFailed(Exception):
    """The cluster did not come up; the message has the failing deployments' last lines."""


class Supervisor:
    """One cluster's life. Everything it starts it also ends."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._paths = launch.paths
        self._stop = threading.Event()
        self._simulators: list[subprocess.Popen[bytes]] = []
        self._simulator_port: int | None = None
        self._simulated: set[str] = set()
        self._fleet: Fleet | None = None
        self._report = Report(
            phase=Phase.PREPARING,
            cluster_id=launch.cluster_id,
            url=launch.url,
            pid=os.getpid(),
            started_at_s=time.time(),
            simulated=launch.simulated,
        )

    def run(self) -> int:
        """Runs until told to stop; returns the process's exit status."""
        self._listen_for_signals()
        try:
            self._tell(Phase.PREPARING)
            clean_up(self._paths)
            self._start()
            self._watch()
        except StartFailed as failure:
            return self._end(Phase.FAILED, str(failure))
        except Exception as failure:
            traceback.print_exc()
            return self._end(Phase.FAILED, f"{type(failure).__name__}: {failure}")
        return self._end(Phase.STOPPED)

    def _start(self) -> None:
        launch = self._launch
        files = Path(launch.models), Path(launch.policy)
        try:
            rules = judged_rules(*files, launch.judged, self._paths.database_url)
        except FilesChanged as error:
            raise StartFailed(str(error)) from None
        # Ray and Serve read the environment when they are imported; hence not at the top.
        from serving.cluster.fleet import Fleet  # noqa: PLC0415

        self._fleet = fleet = Fleet(self._launch, self._stand_ins)
        self._tell(Phase.WEIGHTS)
        weights = fleet.weights(rules.registry)
        if self._launch.simulated:
            self._tell(Phase.SIMULATOR)
            self._stand_ins(self._launch.simulated, rules.registry)
        if self._stop.is_set():
            return
        self._tell(Phase.RAY)
        self._start_ray(rules.registry)
        if self._stop.is_set():
            return
        self._tell(Phase.SERVE)
        self._start_serve()
        self._tell(Phase.DEPLOYING)
        fleet.begin(rules, weights)
        self._wait_until_up()
        fleet.watch(weights)

    def _stand_ins(self, providers: tuple[str, ...], registry: Registry) -> Mapping[str, str]:
        """Base URLs of all that are stood in for; starts the simulator for the first of them.

        A provider that had a credential when the cluster began to use it keeps it, and the other
        way round: whether answers are real does not change while models are in service.
        """
        self._simulated |= set(providers)
        if not self._simulated:
            return {}
        if self._simulator_port is None:
            process, self._simulator_port = start_simulator(self._launch, os.environ)
            self._simulators.append(process)
        kinds = providers_without_credential(registry, frozenset())
        stood_in = {name: kinds[name] for name in self._simulated if name in kinds}
        return base_urls(stood_in, self._simulator_port)

    def _start_ray(self, registry: Registry) -> None:
        import ray  # noqa: PLC0415

        wanted = _cpus_of(registry, self._launch)
        ray.init(
            address="local",
            # What deployments reserve, which need not be what the machine has.
            num_cpus=max(os.cpu_count() or 1, int(wanted) + 1),
            include_dashboard=False,
            object_store_memory=80 * 1024 * 1024,
            log_to_driver=False,
            logging_level="warning",
            namespace="serve",
            _temp_dir=str(self._paths.ray),
            _node_ip_address="127.0.0.1" if is_loopback(self._launch.host) else None,
        )
        # Ray puts its own handler for SIGTERM, which exits without an orderly end.
        self._listen_for_signals()
        self._record_processes()

    def _start_serve(self) -> None:
        from ray import serve  # noqa: PLC0415
        from ray.serve.config import HTTPOptions  # noqa: PLC0415

        options = HTTPOptions(
            host=self._launch.host,
            port=self._launch.ports.http,
            ssl_certfile=self._launch.tls_cert,
            ssl_keyfile=self._launch.tls_key,
        )
        serve.start(proxy_location="HeadOnly", http_options=options)
        self._record_processes()

    def _wait_until_up(self) -> None:
        deadline_s = time.monotonic() + _START_S
        while not self._should_stop(1.0):
            state = self._look(Phase.DEPLOYING)
            if state.has_failed:
                raise StartFailed("\n".join(state.problems))
            if state.is_up and is_served(self._launch):
                self._record_processes()
                self._look(Phase.READY)
                return
            if time.monotonic() > deadline_s:
                waiting = "\n".join(state.problems) or str(state.deployments)
                raise StartFailed(f"not up after {_START_S:.0f} s: {waiting}")

    def _watch(self) -> None:
        looked_s = answered_s = time.monotonic()
        while self._fleet is not None and not self._should_stop(_STEP_PERIOD_S):
            is_changing = self._fleet.step()
            if not is_changing and time.monotonic() - looked_s < _WATCH_PERIOD_S:
                continue
            looked_s = time.monotonic()
            self._record_processes()
            try:
                self._look(Phase.READY)
            except Exception as failure:
                if time.monotonic() - answered_s >= _UNANSWERED_S:
                    raise StartFailed(f"Serve has not answered: {type(failure).__name__}") from None
                continue
            answered_s = time.monotonic()

    def _look(self, phase: Phase) -> ApplicationState:
        """Tells how everything stands. Raises what Ray raises."""
        from serving.cluster.deploy import (  # noqa: PLC0415
            application_states,
            details,
            whole_state,
        )
        from serving.cluster.nodes import read_nodes  # noqa: PLC0415

        assert self._fleet is not None
        states = application_states(details())
        state = whole_state(states)
        problems = "\n".join(state.problems) if phase is Phase.READY else ""
        self._tell(
            phase,
            problems,
            deployments=state.deployments,
            models={
                key: ModelReport(
                    application=name,
                    wanted=state.wanted.get(name, application.replicas),
                    running=state.running.get(name, 0),
                    deployed=model,
                    bundles=application.bundles,
                )
                for name, application in self._fleet.running.items()
                for key, model in application.models.items()
            },
            nodes=read_nodes(),
            change=self._fleet.report,
        )
        return state

    def _end(self, phase: Phase, detail: str = "") -> int:
        self._tell(Phase.STOPPING, detail)
        if self._fleet is not None:
            self._fleet.close()
        members = processes.family([os.getpid()])
        members.pop(os.getpid())
        shut_down_serve_and_ray()
        stop_all(self._simulators)
        processes.end({**members, **processes.ingress_of(self._paths)}.values())
        clean_up(self._paths)
        self._tell(phase, detail)
        return 0 if phase is Phase.STOPPED else 1

    def _should_stop(self, wait_s: float) -> bool:
        parent = self._launch.parent_pid
        if parent is not None and not psutil.pid_exists(parent):
            self._stop.set()
        return self._stop.wait(wait_s)

    def _listen_for_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())

    def _record_processes(self) -> None:
        members = processes.family([os.getpid()])
        processes.record(self._paths, members.values())

    def _tell(self, phase: Phase, detail: str = "", **found: Any) -> None:
        """`found` are fields of the report that are new; the others stay as they were told last."""
        told = replace(self._report, phase=phase, detail=detail, **found)
        if told != self._report or phase is Phase.PREPARING:
            self._report = told
            report.write_report(self._paths, told)


def _cpus_of(registry: Registry, launch: Launch) -> float:
    """What the engines reserve of this machine, which need not be what it has."""
    engines = (entry.backend for entry in registry.without_retired().entries.values())
    return sum(
        backend.replicas * backend.profiles[launch.accelerator].cpus
        for backend in engines
        if isinstance(backend, VllmBackend) and launch.accelerator in backend.profiles
    )


def clean_up(paths: ClusterPaths) -> int:
    """Ends what a cluster from this state directory left running; returns how many processes.

    Only for whoever holds the lock, or knows that nobody does.
    """
    left = {**processes.recorded(paths), **processes.ingress_of(paths)}
    processes.end(left.values())
    paths.processes_file.unlink(missing_ok=True)
    return len(left)


def shut_down_serve_and_ray() -> None:
    """Drains and ends both, where they were started."""
    if "ray" not in sys.modules:
        return
    import ray  # noqa: PLC0415

    if not ray.is_initialized():
        return
    if "ray.serve" in sys.modules:
        from ray import serve  # noqa: PLC0415

        try:
            serve.shutdown()
        except Exception:
            # What does not end by itself is ended by its identity afterwards.
            traceback.print_exc()
    ray.shutdown()


def is_served(launch: Launch) -> bool:
    """Whether the ingress answers that a gateway is up behind it."""
    import httpx2  # noqa: PLC0415

    try:
        # Only whether it answers: the certificate may well be for another name.
        answer = httpx2.get(f"{launch.url}/-/healthz", verify=False, trust_env=False)
    except httpx2.HTTPError:
        return False
    return bool(answer.status_code == 200)


def main() -> int:
    paths = ClusterPaths.of(Path(sys.argv[1]))
    launch = Launch.load(paths)
    # Before the environment names it: what finds HAProxy looks there first.
    write_ingress_program(paths)
    environment = ray_environment(launch, os.environ)
    os.environ.clear()
    os.environ.update(environment)
    # Prompts are in memory; a core dump would write them down (I6). Every process inherits it.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with report.holding(paths):
        return Supervisor(launch).run()


if __name__ == "__main__":
    sys.exit(main())
