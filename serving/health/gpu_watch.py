"""The watch over a host's GPUs: collects what cordons them, for whoever asks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Protocol

from hardware.gpu_health import FaultSource, driver_faults
from hardware.nvml import NVMLFailure
from serving.health.gpu import Cordon, cordon_for_faults, cordon_for_xid, is_of_programs

LOOK_INTERVAL_S = 5.0
_JOIN_S = 2 * LOOK_INTERVAL_S

logger = logging.getLogger(__name__)


class GPUCordoned(Exception):
    """The GPU under a replica may not be computed on. Says which, why, and the cure."""


class CordonBoard(Protocol):
    """Where cordons are posted for those who run the cluster. May block, and may fail."""

    def post(self, cordon: Cordon) -> None:
        """One of a GPU of this host, in the place of what was posted of it before."""
        ...

    def withdraw(self, index: int) -> None:
        """Nothing is posted of this GPU any more, nor has to have been."""
        ...


class GPUWatch:
    """Effects: owns a thread from `start` to `close`; logs each cordon once, and posts it.

    Without a driver, or on a machine without GPUs, nothing is ever cordoned, and the log says once
    that nobody looks. An Xid is told once, so a cordon stays for as long as the watch lives; what a
    reset has mended is gone with the processes that had to end for it. What is posted outlives
    them: it stands until an engine has started on the GPU again.
    """

    def __init__(
        self,
        source: Callable[[], AbstractContextManager[FaultSource]] = driver_faults,
        board: CordonBoard | None = None,
    ) -> None:
        """Without a `board` nothing is posted."""
        self._source = source
        self._board = board
        self._cordons: dict[int, Cordon] = {}
        self._untold: dict[int, Cordon | None] = {}
        """What the board has to be told yet, None for what is to be withdrawn."""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="gpu-watch", daemon=True)

    def start(self, in_use: Iterable[int] = ()) -> None:
        """`in_use` are the GPUs that an engine has started on: what is still posted of those, by
        replicas that had them before, is withdrawn.
        """
        self._untold |= {index: None for index in in_use if index not in self._cordons}
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join(_JOIN_S)

    @property
    def cordons(self) -> tuple[Cordon, ...]:
        """By the GPUs' index in NVML, which is that of `nvidia-smi`."""
        return tuple(cordon for _, cordon in sorted(self._cordons.items()))

    def check(self, indices: Iterable[int]) -> None:
        """Raises GPUCordoned if one of these is."""
        for index in indices:
            if (cordon := self._cordons.get(index)) is not None:
                raise GPUCordoned(f"GPU {index} is cordoned ({cordon.reason}): {cordon.cure}")

    def look_once(self) -> None:
        """Looks before there is a thread, so that no engine is loaded on a GPU known to be bad."""
        try:
            with self._source() as source:
                self.look(source, 0.0)
        except NVMLFailure as failure:
            logger.warning("the GPUs of this machine could not be looked at: %s", failure)

    def look(self, source: FaultSource, wait_s: float) -> None:
        """Counts once, then waits for events at most so long. Raises NVMLFailure."""
        self._tell()
        for faults in source.faults():
            self._take(cordon_for_faults(faults))
        while (xid := source.next_xid(wait_s)) is not None:
            if (cordon := cordon_for_xid(xid)) is not None:
                self._take(cordon)
            elif not is_of_programs(xid):
                logger.warning("GPU %d: Xid %d, which cordons nothing", xid.index, xid.number)
            wait_s = 0.0

    def _take(self, cordon: Cordon | None) -> None:
        if cordon is None or cordon.index in self._cordons:
            return
        self._cordons[cordon.index] = cordon
        logger.error("GPU %d is cordoned: %s; %s", cordon.index, cordon.reason, cordon.cure)
        self._untold[cordon.index] = cordon
        self._tell()

    def _tell(self) -> None:
        """A board that fails costs nobody the watch: it is told with the next look."""
        while self._board is not None and self._untold:
            index, cordon = next(iter(self._untold.items()))
            try:
                if cordon is None:
                    self._board.withdraw(index)
                else:
                    self._board.post(cordon)
            except Exception as error:  # whatever Ray raises while its control service is away
                logger.warning("cordons could not be posted: %s", type(error).__name__)
                return
            del self._untold[index]

    def _watch(self) -> None:
        self._tell()
        try:
            with self._source() as source:
                while not self._closing.is_set():
                    try:
                        self.look(source, LOOK_INTERVAL_S)
                    except NVMLFailure as failure:
                        logger.warning("the driver could not be asked about faults: %s", failure)
                        self._closing.wait(LOOK_INTERVAL_S)
        except NVMLFailure as failure:
            logger.warning("nobody watches the GPUs of this machine: %s", failure)
