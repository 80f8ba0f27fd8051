"""A real Ray Serve cluster with simulators behind it, for tests that destroy things.

Started with the commands that a person would use; no engine, so it is up in half a minute.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil
import yaml
from openai import AsyncOpenAI, OpenAI
from sqlalchemy import Engine, select

from router.audit.tables import outcomes
from router.store.database import connect, reading
from serving.cluster.paths import ClusterPaths
from serving.simulator.config import SimulatorConfig
from serving.simulator.process import SimulatorProcess
from tests.stack import PROVIDERS, models_document, policy_document
from tests.waiting import until

START_S = 600
BACK_WITHIN_S = 180.0
"""A replica or a provider after its end."""


@dataclass(frozen=True)
class SimulatedCluster:
    url: str
    key: str
    supervisor_pid: int
    providers: Mapping[str, SimulatorProcess]
    records: Engine
    ray_token: Path

    def client(self, *, private: bool = False) -> OpenAI:
        return OpenAI(base_url=self._base(private), api_key=self.key, max_retries=0)

    def async_client(self) -> AsyncOpenAI:
        return AsyncOpenAI(base_url=self._base(False), api_key=self.key, max_retries=0)

    def replica(self, deployment: str) -> psutil.Process:
        """One process of a deployment. Raises LookupError while there is none."""
        found = self.replicas(deployment)
        if not found:
            raise LookupError(deployment)
        return found[0]

    def replicas(self, deployment: str) -> list[psutil.Process]:
        """The processes of a deployment, in the order of their ids."""
        application = "ringfence" if deployment == "gateway" else deployment
        name = f"ray::ServeReplica:{application}:{deployment}"
        found = []
        for process in psutil.Process(self.supervisor_pid).children(recursive=True):
            try:
                if process.cmdline()[:1] and process.cmdline()[0].startswith(name):
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return sorted(found, key=lambda process: process.pid)

    def process_of(self, module: str) -> subprocess.Popen[str]:
        """Runs a module with the address of the cluster's control service, as one of its own."""
        argument = "--gcs-address="
        words: list[str] = []
        for process in psutil.Process(self.supervisor_pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                words += process.cmdline()
        address = next(w.removeprefix(argument) for w in words if w.startswith(argument))
        token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(self.ray_token)}
        return subprocess.Popen(
            [sys.executable, "-m", module, address],
            stdin=subprocess.PIPE,
            env={**os.environ, **token},
            text=True,
        )

    def status_of(self, request_id: str) -> str | None:
        """How the record says that a request ended; None while it has no second half."""
        with reading(self.records).connect() as connection:
            ended = select(outcomes.c.status).where(outcomes.c.request_id == request_id)
            return connection.scalar(ended)

    def ask(self, text: str, model: str = "auto", **more: Any) -> httpx2.Response:
        """One request as it is on the wire, errors included."""
        return httpx2.post(
            f"{self._base(False)}/chat/completions",
            headers={"authorization": f"Bearer {self.key}"},
            json={"model": model, "messages": [{"role": "user", "content": text}], **more},
            timeout=120,
        )

    def reset(self) -> None:
        """Everything up, nothing arrived, no breaker open."""
        for provider in self.providers.values():
            if provider.pid is None:
                provider.start()
            provider.configure()
        for model in ("private-model", "fast-model", "openai-model", "anthropic-model"):
            until(lambda model=model: self.answered_by(model) == model, BACK_WITHIN_S)
        for provider in self.providers.values():
            provider.clear()

    def answered_by(self, model: str) -> str | None:
        try:
            return self.ask("hello", model).headers.get("x-ringfence-model")
        except httpx2.TransportError:
            return None

    def _base(self, private: bool) -> str:
        return f"{self.url}/private/v1" if private else f"{self.url}/v1"


@contextmanager
def running_cluster(directory: Path) -> Iterator[SimulatedCluster]:
    with ExitStack() as stack:
        providers = {
            name: stack.enter_context(SimulatorProcess(SimulatorConfig(record=True)))
            for name in PROVIDERS
        }
        models, policy = directory / "models.yaml", directory / "policy.yaml"
        origins = {name: provider.origin for name, provider in providers.items()}
        models.write_text(yaml.safe_dump(models_document(origins)))
        patient = policy_document(
            attempt_timeout_s=60,
            total_timeout_s=90,
            # They close again soon: tests take turns in one cluster.
            breaker={"failures_to_open": 5, "open_s": 1},
        )
        policy.write_text(yaml.safe_dump(patient))
        yield stack.enter_context(started_cluster(directory, models, policy, providers))


@contextmanager
def started_cluster(
    directory: Path,
    models: Path,
    policy: Path,
    providers: Mapping[str, SimulatorProcess] | None = None,
    *options: str,
) -> Iterator[SimulatedCluster]:
    """`ringfence up` with these files and options, and its end."""
    with ExitStack() as stack:
        paths = ClusterPaths.of(directory / "state")
        place = ["--state-dir", str(paths.state)]
        files = ["--models", models, "--policy", policy]
        # Also what a start that failed leaves.
        stack.callback(ringfence, "down", *place)
        ringfence("up", "--detach", "--port", "0", *place, *files, *options)
        status = json.loads(ringfence("status", "--json", *place))
        records = connect(paths.database_url)
        stack.callback(records.dispose)
        key = paths.first_key_file.read_text().strip()
        yield SimulatedCluster(
            status["url"], key, status["pid"], providers or {}, records, paths.ray_token
        )


def ringfence(*arguments: str | Path) -> str:
    """Runs the command line as a person would; raises with what it printed if it fails."""
    command = [sys.executable, "-m", "serving.cli.main", *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=START_S, env=os.environ, check=False
    )
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command[2:])} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout
