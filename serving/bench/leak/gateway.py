"""One gateway of a run, seen from outside: started, told, killed, and where its processes are."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from serving.bench.leak.child import Child, DidNotStart
from serving.bench.leak.disturbed import Disturbance
from serving.bench.leak.gateway_main import GatewayArguments, run_gateway, sqlite_url

_STARTS = 20
"""A gateway may not come up while its database is locked; whoever runs it starts it again."""


class GatewayProcess:
    """`is_up` is true while it takes requests. Keeps its port from start to start."""

    def __init__(
        self,
        directory: Path,
        name: str,
        models: Path,
        detector: str,
        database_url: str | None = None,
    ) -> None:
        """Without a `database_url`, the database is a SQLite file in `directory`."""
        self.is_up = False
        self.policy: Path | None = None
        self._directory = directory
        self._log = directory / f"{name}.log"
        self._models = models
        self._detector = detector
        self._database_url = database_url or sqlite_url(directory)
        self._port = 0
        self._process: Child | None = None
        self._workers: set[psutil.Process] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self, policy: Path, *, tries: int = _STARTS) -> None:
        """Returns when it listens. Raises DidNotStart."""
        self.policy = policy
        arguments = GatewayArguments(
            self._directory, self._database_url, self._models, policy, self._port, self._detector
        )
        for left in reversed(range(tries)):
            process = Child(run_gateway, arguments, log=self._log)
            try:
                self._port = await process.start()
            except DidNotStart:
                if not left:
                    raise
            else:
                self._process, self.is_up = process, True
                return

    async def stop(self, *, kill: bool = False) -> None:
        """Ends it and its detection processes: one that is stopped would not notice by itself."""
        process, self._process = self._process, None
        if process is None:
            return
        self._workers.update(self._running_workers(process.pid))
        if not kill:
            self.is_up = False
        await process.end(kill=kill)
        self.is_up = False
        for worker in self._workers:
            with suppress(psutil.Error):
                worker.kill()
        self._workers.clear()

    @property
    def has_died(self) -> bool:
        """Whether it ended although nobody ended it."""
        return self._process is not None and not self._process.is_alive

    def disturb(self, disturbance: Disturbance) -> None:
        """Says what its detector does from now on."""
        if self._process is not None:
            self._process.tell(disturbance)

    def workers(self) -> list[psutil.Process]:
        """Its detection processes. Raises psutil.Error if it is gone."""
        if self._process is None:
            return []
        found = self._running_workers(self._process.pid)
        self._workers.update(found)
        return found

    def stop_workers(self) -> list[psutil.Process]:
        """SIGSTOP to all of them: alive, and silent."""
        stopped = self.workers()
        for worker in stopped:
            worker.send_signal(signal.SIGSTOP)
        return stopped

    @contextmanager
    def limited(self, resource: int, soft: int) -> Iterator[None]:
        """The kernel gives it no more than `soft` of a resource (see `setrlimit`) meanwhile."""
        if self._process is None:
            raise psutil.NoSuchProcess(0)
        process = psutil.Process(self._process.pid)
        usual: tuple[int, int] = process.rlimit(resource)
        process.rlimit(resource, (soft, usual[1]))
        try:
            yield
        finally:
            with suppress(psutil.Error):
                process.rlimit(resource, usual)

    @property
    def open_files(self) -> int:
        if self._process is None:
            raise psutil.NoSuchProcess(0)
        return int(psutil.Process(self._process.pid).num_fds())

    @staticmethod
    def _running_workers(pid: int) -> list[psutil.Process]:
        try:
            return list(psutil.Process(pid).children())
        except psutil.NoSuchProcess:
            return []
