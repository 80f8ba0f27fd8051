"""One detection process, from outside: start it, ask it under a deadline, kill it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from router.domain import Finding, Json, JsonObject, Segment
from router.errors import DetectionTimeout, DetectorCrashed
from router.protocols import Settling
from serving.detection.frames import (
    LENGTH_BYTES,
    MAX_ANSWER_BYTES,
    OUT_OF_TIME,
    decode,
    decode_length,
    encode,
)

WORKER_COMMAND = (sys.executable, "-P", "-m", "serving.detection.worker")

_SOURCE_ROOT = Path(__file__).resolve().parents[2]
_KILL_WAIT_S = 5.0
_PASSED = ("PATH", "LD_LIBRARY_PATH", "HOME", "XDG_CACHE_HOME")
"""Where programs, libraries and the models' cache are."""


def worker_environment() -> dict[str, str]:
    """All that a worker gets of ours: where to find programs and modules. No credentials."""
    kept = {name: os.environ[name] for name in _PASSED if name in os.environ}
    module_paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return kept | {
        "PYTHONPATH": os.pathsep.join([str(_SOURCE_ROOT), *filter(None, module_paths)]),
        "PYTHONUTF8": "1",
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
    }


class WorkerProcess:
    """Owned by one thread, which calls everything but `kill`; that may come from any.

    Plain `Popen` and one socket for both directions: the parent's death is the worker's EOF, and
    `multiprocessing` would import the parent's main module again, which inside a Ray actor is Ray.
    """

    def __init__(
        self, command: Sequence[str] = WORKER_COMMAND, configuration: JsonObject | None = None
    ) -> None:
        """Starts the process and returns at once. Raises DetectorCrashed if there is no such.

        `configuration` is what the worker is told before all else; see frames.py.
        """
        self._configuration = configuration or {}
        self._seq = 0
        self._usable = True
        self._socket, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own command
                    command,
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    env=worker_environment(),
                )
            except OSError as error:
                self._socket.close()
                raise DetectorCrashed(f"no detection process: {error.strerror}") from error

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def usable(self) -> bool:
        """False once it has died or one exchange with it has failed."""
        return self._usable and self._process.poll() is None

    def wait_ready(self, timeout_s: float) -> str:
        """Configures it and returns the version of its detector.

        Raises DetectionTimeout or DetectorCrashed.
        """
        deadline_s = time.monotonic() + timeout_s
        self._send(encode({"configuration": self._configuration}), deadline_s)
        answer = self._receive(deadline_s)
        version = answer.get("ready")
        if not isinstance(version, str):
            self._usable = False
            raise DetectorCrashed(str(answer.get("failed", "a detection process did not start")))
        return version

    def scan(
        self, segments: Sequence[Segment], settling: Settling | None, deadline_s: float
    ) -> tuple[Finding, ...]:
        """Blocks until `deadline_s` (monotonic) at most; findings count segments as they come.

        Raises DetectionTimeout, or DetectorCrashed if it died, answered with an error, or answered
        something that is no answer. `usable` says whether it can be asked again.
        """
        self._seq += 1
        timeout_s = max(0.0, deadline_s - time.monotonic())
        texts: list[Json] = [segment.text for segment in segments]
        question: JsonObject = {
            "seq": self._seq,
            "timeout_s": timeout_s,
            "texts": texts,
            "joined": [number for number, segment in enumerate(segments) if segment.joined],
            "settling": None if settling is None else _settling(settling),
        }
        self._send(encode(question), deadline_s)
        answer = self._receive(deadline_s)
        if answer.get("seq") != self._seq:
            self._usable = False
            raise DetectorCrashed("a detection process answered another question")
        if answer.get("error") == OUT_OF_TIME:
            raise DetectionTimeout("a detection process gave up before the deadline")
        if "error" in answer:
            raise DetectorCrashed(f"a detection process raised {str(answer['error'])[:80]}")
        try:
            return _findings(answer["findings"], [segment.text for segment in segments])
        except (KeyError, TypeError, ValueError):
            self._usable = False
            # Without the cause: its message may quote the answer.
            raise DetectorCrashed("a detection process answered what is no finding") from None

    def kill(self) -> None:
        """SIGKILL, and waits for its end. Whoever is in `scan` gets DetectorCrashed."""
        self._usable = False
        self._process.kill()
        try:
            self._process.wait(_KILL_WAIT_S)
        except subprocess.TimeoutExpired:
            return  # stuck in the kernel; it ends when that lets go

    def close(self) -> None:
        """Kills it, and lets go of the socket."""
        self.kill()
        self._socket.close()

    def _send(self, data: bytes, deadline_s: float) -> None:
        try:
            self._set_timeout(deadline_s)
            self._socket.sendall(data)
        except TimeoutError:
            raise self._timed_out() from None
        except OSError:
            raise self._died() from None

    def _receive(self, deadline_s: float) -> JsonObject:
        length = decode_length(self._read(LENGTH_BYTES, deadline_s))
        if length > MAX_ANSWER_BYTES:
            self._usable = False
            raise DetectorCrashed("a detection process answered more than it may")
        try:
            return decode(self._read(length, deadline_s))
        except ValueError:
            self._usable = False
            raise DetectorCrashed("a detection process answered what is no JSON") from None

    def _read(self, count: int, deadline_s: float) -> bytes:
        data = bytearray()
        while len(data) < count:
            try:
                self._set_timeout(deadline_s)
                received = self._socket.recv(min(count - len(data), 1 << 20))
            except TimeoutError:
                raise self._timed_out() from None
            except OSError:
                raise self._died() from None
            if not received:
                raise self._died()
            data += received
        return bytes(data)

    def _set_timeout(self, deadline_s: float) -> None:
        remaining_s = deadline_s - time.monotonic()
        if remaining_s <= 0:
            raise TimeoutError
        self._socket.settimeout(remaining_s)

    def _timed_out(self) -> DetectionTimeout:
        self._usable = False
        return DetectionTimeout("a detection process did not answer by the deadline")

    def _died(self) -> DetectorCrashed:
        self._usable = False
        return DetectorCrashed("a detection process died")


def _settling(settling: Settling) -> JsonObject:
    entity_types: list[Json] = list(sorted(settling.entity_types))  # noqa: C413 - for its type
    return {"entity_types": entity_types, "min_score": settling.min_score}


def _findings(answer: Json, texts: Sequence[str]) -> tuple[Finding, ...]:
    """Raises TypeError or ValueError for what cannot be findings in these texts."""
    if not isinstance(answer, list):
        raise TypeError
    findings: list[Finding] = []
    for entry in answer:
        if not isinstance(entry, list):
            raise TypeError
        number, entity_type, start, end, score = entry
        if not (
            isinstance(number, int)
            and isinstance(entity_type, str)
            and isinstance(start, int)
            and isinstance(end, int)
            and isinstance(score, int | float)
        ):
            raise TypeError
        if not (0 <= number < len(texts) and 0 <= start <= end <= len(texts[number])):
            raise ValueError
        findings.append(Finding(entity_type, number, start, end, float(score)))
    return tuple(findings)
