"""The health of one engine's replica: its engine's, and that of the GPUs under it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from hardware.accelerator import Accelerator
from serving.health.gpu_watch import GPUWatch
from serving.health.patience import patience_of
from serving.health.progress import Progress
from serving.health.visible_gpus import visible_gpus
from serving.health.vllm_engine import VllmEngine
from serving.health.watchdog import Watchdog
from serving.telemetry.cordon_board import RayCordonBoard


class ReplicaHealth:
    """Effects: from `watch` on a task and, where there are GPUs, a thread; until the process ends.

    `gpus` watches those of the host.
    """

    def __init__(
        self, accelerator: Accelerator, environ: Mapping[str, str], gpus: GPUWatch | None = None
    ) -> None:
        self._accelerator: Accelerator = accelerator
        self._progress = Progress()
        self._watchdog: Watchdog | None = None
        self._indices = visible_gpus(environ) if accelerator == "cuda" else ()
        self._gpus = gpus or GPUWatch(board=RayCordonBoard())

    def before_loading(self) -> None:
        """Raises GPUCordoned for a GPU whose driver counts errors already."""
        if self._indices:
            self._gpus.look_once()
            self._gpus.check(self._indices)

    def watch(self, client: Any) -> None:
        """`client` is vLLM's AsyncLLM, which has started. To be called on the replica's loop."""
        patience = patience_of(self._accelerator, client.model_config.max_model_len)
        self._watchdog = Watchdog(VllmEngine(client), self._progress, patience)
        self._watchdog.start()
        if self._indices:
            self._gpus.start(self._indices)

    @contextmanager
    def request(self) -> Iterator[None]:
        """Around all of one attempt."""
        with self._progress.request():
            yield

    def output(self) -> None:
        """For each thing that the engine puts out."""
        self._progress.output()

    def check(self) -> None:
        """For Serve's health check. Raises EngineStalled and GPUCordoned."""
        if self._watchdog is not None:
            self._watchdog.check()
        self._gpus.check(self._indices)
