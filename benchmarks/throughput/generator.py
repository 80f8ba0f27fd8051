"""`vllm bench serve` as the load generator: what it is told, and that it ends."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from benchmarks.throughput.workload import Workload

NAME = "vllm bench serve"
READY, DONE = "ready", "done"
_START_S = 300.0
_END_S = 10.0


class GeneratorFailed(Exception):
    """The load generator did not start, did not end in time, or failed."""


@dataclass(frozen=True, slots=True)
class Target:
    """An endpoint that speaks OpenAI's completions. `key` is None where it asks for none."""

    base_url: str
    model: str
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """All at once; or at most `concurrency` at a time; or `rate` requests a second, at random."""

    concurrency: int | None = None
    rate: float | None = None


class LoadGenerator:
    """One process from `start` to `close`, and one run at a time. Its log is in `directory`."""

    def __init__(self, directory: Path, tokenizer: Path) -> None:
        self.directory, self._tokenizer = directory, tokenizer
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False

    def start(self) -> None:
        """Returns at once: it takes its seconds while an engine takes its own."""
        with (self.directory / "generator.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.throughput.generator_main"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment(os.environ),
                start_new_session=True,
            )

    def wait(self) -> None:
        """Until it can begin. Raises GeneratorFailed."""
        if not self._is_ready:
            self._expect(READY, _START_S)
            self._is_ready = True

    def run(
        self, target: Target, workload: Workload, arrivals: Arrivals, seed: int, timeout_s: float
    ) -> dict[str, Any]:
        """Sends the workload, and returns what vLLM's --save-detailed says, without the answers.

        Raises GeneratorFailed; the process is of no more use after that.
        """
        self.wait()
        process = self._running()
        with tempfile.TemporaryDirectory(dir=self.directory) as folder:
            path = Path(folder)
            (path / "workload.jsonl").write_bytes(workload.jsonl)
            said_to = arguments(
                target, workload, arrivals, folder=path, tokenizer=self._tokenizer, seed=seed
            )
            order = {"arguments": said_to, "key": target.key}
            assert process.stdin is not None
            try:
                process.stdin.write(json.dumps(order).encode() + b"\n")
                process.stdin.flush()
            except OSError:
                raise GeneratorFailed("the load generator has ended") from None
            self._expect(DONE, timeout_s)
            said: dict[str, Any] = json.loads((path / "result.json").read_bytes())
        del said["generated_texts"]
        return said

    def cpu_s(self) -> float:
        """Seconds of CPU that it has taken so far."""
        try:
            times = psutil.Process(self._running().pid).cpu_times()
        except psutil.NoSuchProcess:
            return 0.0
        return float(times.user + times.system)

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> LoadGenerator:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _expect(self, wanted: str, timeout_s: float) -> None:
        said = self._line(timeout_s)
        if said != wanted:
            raise GeneratorFailed(
                f"the load generator failed with {said}; its log is {self._log}"
                if said
                else f"the load generator ended; its log is {self._log}"
            )

    def _line(self, timeout_s: float) -> str:
        """One line of its answers, empty where it has ended. It never says more than one."""
        stdout = self._running().stdout
        assert stdout is not None
        deadline_s, said = time.monotonic() + timeout_s, b""
        while not said.endswith(b"\n"):
            left_s = max(0.0, deadline_s - time.monotonic())
            if not select.select([stdout], [], [], left_s)[0]:
                raise GeneratorFailed(f"no end of a run after {timeout_s:.0f} s")
            piece = os.read(stdout.fileno(), 1024)
            if not piece:
                return ""
            said += piece
        return said.decode().strip()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise GeneratorFailed("the load generator does not run")
        return self._process

    @property
    def _log(self) -> Path:
        return self.directory / "generator.log"


def arguments(
    target: Target,
    workload: Workload,
    arrivals: Arrivals,
    *,
    folder: Path,
    tokenizer: Path,
    seed: int,
) -> list[str]:
    """Of `vllm bench serve`. Completions and no chat: a template would change the lengths."""
    said = {
        "--backend": "openai",
        "--base-url": target.base_url,
        "--endpoint": "/v1/completions",
        "--model": target.model,
        "--tokenizer": str(tokenizer),
        "--dataset-name": "custom",
        "--dataset-path": str(folder / "workload.jsonl"),
        "--custom-output-len": "-1",
        "--num-prompts": str(len(workload.requests)),
        "--seed": str(seed),
        "--temperature": "0",
        "--percentile-metrics": "ttft,tpot,itl,e2el",
        "--result-dir": str(folder),
        "--result-filename": "result.json",
    }
    if arrivals.rate is not None:
        said["--request-rate"] = repr(arrivals.rate)
    if arrivals.concurrency is not None:
        said["--max-concurrency"] = str(arrivals.concurrency)
    switches = (
        "--skip-chat-template",
        "--disable-shuffle",
        "--ignore-eos",
        "--save-result",
        "--save-detailed",
        "--disable-tqdm",
    )
    return [*(part for pair in said.items() for part in pair), *switches]


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Nobody's proxies, keys or hubs: the load goes where it is sent."""
    kept = {
        name: value
        for name, value in inherited.items()
        if not name.lower().endswith("_proxy") and not name.endswith("_API_KEY")
    }
    return {
        **kept,
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_DO_NOT_TRACK": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
