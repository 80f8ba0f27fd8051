"""The processes below one of ours: what they compute, and their end.

vLLM's engine core and its workers are children of the replica. One that is stopped takes no signal
but SIGKILL, would outlive its replica, and would keep the GPU's memory from the one that follows.
"""

from __future__ import annotations

import os
from contextlib import suppress

import psutil


class ChildProcesses:
    """All descendants of a process, this one without another's id; looked up anew each time."""

    def __init__(self, pid: int | None = None) -> None:
        self._parent = psutil.Process(os.getpid() if pid is None else pid)
        self._computed_s = 0.0

    def cpu_s(self) -> float:
        """User and system time of those that live; it stands still while one of them is stopped.

        vLLM's workers go on polling for a core that is stopped: that is no sign of work.
        """
        total_s = 0.0
        for process in self._living():
            with suppress(psutil.Error):
                if process.status() == psutil.STATUS_STOPPED:
                    return self._computed_s
                times = process.cpu_times()
                total_s += times.user + times.system
        self._computed_s = total_s
        return total_s

    def kill(self) -> None:
        """SIGKILL, parents first: nobody is left to start one again."""
        for process in self._living():
            with suppress(psutil.Error):
                process.kill()

    def _living(self) -> list[psutil.Process]:
        try:
            return self._parent.children(recursive=True)
        except psutil.Error:
            return []
