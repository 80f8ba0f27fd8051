"""The engine alone: vLLM's own server, with the arguments and the environment of the profile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import JsonValue

from benchmarks.throughput.endpoint import EndpointRefused, require_answering
from benchmarks.throughput.generator import Target, environment
from benchmarks.throughput.measure import Door
from benchmarks.throughput.scenario import Layer
from serving.bench.throughput.started import DidNotStart
from serving.bench.throughput.subject import Subject
from serving.cluster.ports import free_port
from serving.cluster.processes import end, family

_START_S = 900.0
_POLL_S = 0.5


@contextmanager
def engine_door(
    subject: Subject, directory: Path, extra: Mapping[str, JsonValue] | None = None
) -> Iterator[Door]:
    """One engine on loopback while the context lasts; its log is in `directory`.

    `extra` are engine arguments beside the profile's. Raises DidNotStart, leaving nothing running.
    """
    port = free_port()
    log = directory / "engine.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            [
                sys.executable,
                *("-m", "vllm.entrypoints.openai.api_server"),
                *("--model", str(subject.checkpoint)),
                *("--served-model-name", subject.key),
                *("--host", "127.0.0.1", "--port", str(port)),
                "--disable-uvicorn-access-log",
                *arguments({**subject.profile.engine, **(extra or {})}),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**environment(os.environ), **subject.environment},
            start_new_session=True,
        )
    target = Target(f"http://127.0.0.1:{port}", subject.key)
    try:
        _wait(process, target, log)
        yield Door(Layer.ENGINE, target, lambda: family([process.pid]))
    finally:
        end(family([process.pid]).values())
        process.wait()


def arguments(engine: Mapping[str, JsonValue]) -> Iterator[str]:
    """Engine arguments as models.yaml has them → as vLLM's command line has them."""
    for name, value in engine.items():
        option = name.replace("_", "-")
        match value:
            case None:
                continue
            case True:
                yield f"--{option}"
            case False:
                yield f"--no-{option}"
            case dict() | list():
                yield from (f"--{option}", json.dumps(value))
            case _:
                yield from (f"--{option}", str(value))


def _wait(process: subprocess.Popen[bytes], target: Target, log: Path) -> None:
    deadline_s = time.monotonic() + _START_S
    while True:
        if process.poll() is not None:
            raise DidNotStart("the engine", f"it ended with {process.returncode}", log)
        try:
            require_answering(target)
            return
        except EndpointRefused:
            if time.monotonic() > deadline_s:
                raise DidNotStart("the engine", f"not up after {_START_S:.0f} s", log) from None
        time.sleep(_POLL_S)
