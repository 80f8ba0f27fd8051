"""Detection in processes: bounded in time, in number and in what a crash can do (I2).

Each process is owned by one thread, which waits for scans, kills the process at a scan's deadline,
and loads another while the others go on. Plain threads and futures: any event loop may call, uvloop
and loops outside the main thread included.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field

from router.domain import Finding, JsonObject, Segment
from router.errors import DetectionFailed, DetectionTimeout, DetectorCrashed, DetectorOverloaded
from router.privacy.recognisers.pattern import Pattern
from router.protocols import Settling
from serving.detection.process import WORKER_COMMAND, WorkerProcess

_log = logging.getLogger(__name__)

_POLL_S = 1.0
_BACKOFF_INITIAL_S = 0.5
_BACKOFF_MAX_S = 30.0
_CLOSE_WAIT_S = 10.0


@dataclass(slots=True, eq=False)
class _Scan:
    segments: tuple[Segment, ...] = field(repr=False)
    settling: Settling | None = None
    found: Future[tuple[Finding, ...]] = field(default_factory=Future)


class DetectorPool:
    """A Detector of `workers` processes. `start` it before use, `close` it after."""

    def __init__(
        self,
        *,
        workers: int,
        deadline_s: float,
        max_waiting: int,
        start_timeout_s: float = 60.0,
        recognisers: Sequence[Pattern] = (),
        command: Sequence[str] = WORKER_COMMAND,
    ) -> None:
        """`deadline_s` covers waiting and scanning; `max_waiting` scans wait for a free worker.

        `recognisers` are the customer's own, which have no `validate`.
        """
        if workers < 1:
            raise ValueError("a pool has at least one worker")
        self._deadline_s = deadline_s
        self._max_waiting = max_waiting
        self._start_timeout_s = start_timeout_s
        self._command = tuple(command)
        self._configuration: JsonObject = {
            "recognisers": [_without_check(pattern) for pattern in recognisers]
        }
        self._changed = threading.Condition()
        self._waiting: deque[_Scan] = deque()
        self._serving = 0
        self._busy = 0
        self._processes: set[WorkerProcess] = set()
        self._closing = threading.Event()
        self._first_version: Future[str] = Future()
        self._threads = [
            threading.Thread(target=self._own_a_process, name=f"detection-{number}", daemon=True)
            for number in range(workers)
        ]

    @property
    def version(self) -> str:
        """Raises DetectorCrashed before a process was ready."""
        if not self._first_version.done():
            raise DetectorCrashed("the detector has not been started")
        return self._first_version.result()

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """The processes there are now, loading ones included."""
        with self._changed:
            return tuple(process.pid for process in self._processes)

    async def start(self) -> None:
        """Returns when one process is ready; the others follow.

        Raises DetectorCrashed or DetectionTimeout, saying why, if none gets ready; the pool is then
        closed.
        """
        for thread in self._threads:
            thread.start()
        try:
            version = await asyncio.shield(asyncio.wrap_future(self._first_version))
        except BaseException:
            await self.close()
            raise
        _log.info("detection is ready: %s", version)

    async def close(self) -> None:
        """Ends all processes; scans under way and waiting get DetectorCrashed."""
        await asyncio.to_thread(self._close)

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        """Raises DetectionTimeout, DetectorOverloaded or DetectorCrashed.

        A cancelled caller's scan goes on to its end or deadline, and its result is dropped.
        """
        if not segments:
            return ()
        scan = _Scan(tuple(segments), settling)
        self._enqueue(scan)
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.wrap_future(scan.found)
        except TimeoutError:
            raise DetectionTimeout("no detection process answered by the deadline") from None
        finally:
            self._give_up(scan)

    def _enqueue(self, scan: _Scan) -> None:
        with self._changed:
            if self._closing.is_set() or not self._first_version.done():
                raise DetectorCrashed("the detector is not running")
            if len(self._waiting) + self._busy >= self._serving + self._max_waiting:
                raise DetectorOverloaded("more scans are waiting than may")
            self._waiting.append(scan)
            self._changed.notify()

    def _give_up(self, scan: _Scan) -> None:
        with self._changed:
            if scan in self._waiting:
                self._waiting.remove(scan)
        scan.found.cancel()

    def _own_a_process(self) -> None:
        backoff_s = _BACKOFF_INITIAL_S
        while not self._closing.is_set():
            process: WorkerProcess | None = None
            try:
                process = self._spawn()
                version = process.wait_ready(self._start_timeout_s)
                self._serve(process, version)
                backoff_s = _BACKOFF_INITIAL_S
            except DetectionFailed as error:
                if self._closing.is_set():
                    return
                # Messages of this hierarchy quote nothing (errors.py).
                _log.warning("a detection process did not come up: %s", error)
                self._announce_failure(error)
                self._closing.wait(backoff_s)
                backoff_s = min(2 * backoff_s, _BACKOFF_MAX_S)
            finally:
                if process is not None:
                    self._remove(process)

    def _serve(self, process: WorkerProcess, version: str) -> None:
        """Returns when the process has to be replaced or the pool closes."""
        with self._changed:
            self._serving += 1
        try:
            self._announce(version)
            while (scan := self._next_scan(process)) is not None:
                self._run(scan, process)
        finally:
            with self._changed:
                self._serving -= 1

    def _next_scan(self, process: WorkerProcess) -> _Scan | None:
        with self._changed:
            while not self._closing.is_set() and process.usable:
                if not self._waiting:
                    self._changed.wait(_POLL_S)
                    continue
                scan = self._waiting.popleft()
                if scan.found.set_running_or_notify_cancel():
                    self._busy += 1
                    return scan
        return None

    def _run(self, scan: _Scan, process: WorkerProcess) -> None:
        # The caller's deadline began when it came. A process has all of its own from here on: one
        # that got a late scan is not at fault, and loading another takes seconds.
        deadline_s = time.monotonic() + self._deadline_s
        findings: tuple[Finding, ...] = ()
        failure: DetectionFailed | None = None
        try:
            findings = process.scan(scan.segments, scan.settling, deadline_s)
        except DetectionFailed as error:
            failure = error
        except Exception as error:
            failure = DetectorCrashed(f"a scan raised {type(error).__name__}")
        with self._changed:
            self._busy -= 1
        if failure is None:
            scan.found.set_result(findings)
        else:
            _log.warning("a scan failed: %s", failure)
            scan.found.set_exception(failure)

    def _spawn(self) -> WorkerProcess:
        process = WorkerProcess(self._command, self._configuration)
        with self._changed:
            self._processes.add(process)
            closing = self._closing.is_set()
        if closing:
            process.kill()
        return process

    def _remove(self, process: WorkerProcess) -> None:
        process.close()
        with self._changed:
            self._processes.discard(process)

    def _announce(self, version: str) -> None:
        """Raises DetectorCrashed for another version: records would name the wrong one."""
        try:
            self._first_version.set_result(version)
        except InvalidStateError:
            if self._first_version.result() != version:
                raise DetectorCrashed(
                    f"the detector on disk is now {version}; restart to use it"
                ) from None

    def _announce_failure(self, error: DetectionFailed) -> None:
        try:
            self._first_version.set_exception(error)
        except InvalidStateError:
            return

    def _close(self) -> None:
        with self._changed:
            self._closing.set()
            abandoned = list(self._waiting)
            self._waiting.clear()
            processes = list(self._processes)
            self._changed.notify_all()
        for scan in abandoned:
            if scan.found.set_running_or_notify_cancel():
                scan.found.set_exception(DetectorCrashed("the detector was closed"))
        for process in processes:
            process.kill()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(_CLOSE_WAIT_S)


def _without_check(pattern: Pattern) -> JsonObject:
    if pattern.validate is not None:
        raise ValueError(f"{pattern.name}: a check is code, and is not sent to another process")
    return {
        "name": pattern.name,
        "entity_type": pattern.entity_type,
        "regex": pattern.regex,
        "score": pattern.score,
        "context": list(pattern.context),
    }
