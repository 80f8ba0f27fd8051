"""What NVIDIA's driver says went wrong with a GPU: error counts, and Xid events as they happen.

The other module beside `nvml.py` that imports NVML: events need a set that is registered and waited
on, which is no question with an answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

from hardware.nvml import NVMLFailure

_UNCORRECTED = 1  # NVML_MEMORY_ERROR_TYPE_UNCORRECTED
_VOLATILE = 0  # NVML_VOLATILE_ECC
_XID = 0x8  # nvmlEventTypeXidCriticalError
_TIMEOUT = 10  # NVML_ERROR_TIMEOUT
_GPU_IS_LOST = 15  # NVML_ERROR_GPU_IS_LOST
_DIGEST_DIGITS = 16


@dataclass(frozen=True, slots=True)
class GPUFaults:
    """One GPU's memory as the driver counts it; None is what it did not say.

    `uncorrected_ecc` counts since the driver was loaded or the GPU reset. `uuid_digest` is as in
    `hardware.gpus.GPU`, None for a GPU that does not answer any more, which `is_lost`.
    """

    index: int
    uuid_digest: str | None
    uncorrected_ecc: int | None = None
    remap_pending: bool | None = None
    remap_failed: bool | None = None
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class Xid:
    """An error event of the driver, by its number in NVIDIA's catalogue."""

    index: int
    uuid_digest: str | None
    number: int


class FaultSource(Protocol):
    """What tells of faults: the driver, or a recording in its place."""

    def faults(self) -> Sequence[GPUFaults]:
        """Every GPU, now. Raises NVMLFailure where the driver does not even count them."""
        ...

    def next_xid(self, timeout_s: float) -> Xid | None:
        """The next event, None if there is none in that time. Raises NVMLFailure."""
        ...


class RecordedFaults:
    """A recording: `looks` are what `faults` says, one after the other and the last for good."""

    def __init__(self, looks: Sequence[Sequence[GPUFaults]], xids: Sequence[Xid] = ()) -> None:
        self._looks = list(looks)
        self._xids = list(xids)

    def faults(self) -> Sequence[GPUFaults]:
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]

    def next_xid(self, timeout_s: float) -> Xid | None:
        return self._xids.pop(0) if self._xids else None


class DriverFaults:
    """The driver that runs, through a module with the functions of pynvml, which is initialised.

    A GPU that does not know events, as none of a virtual machine may, is only counted.
    """

    def __init__(self, library: ModuleType) -> None:
        self._library = library
        self._events = self._asked(library.nvmlEventSetCreate)
        self._digests: dict[int, str] = {}
        for index in range(self._count()):
            try:
                handle = self._handle(index)
                self._digests[index] = self._digest(handle)
                self._asked(library.nvmlDeviceRegisterEvents, handle, _XID, self._events)
            except NVMLFailure:
                continue

    def close(self) -> None:
        self._asked(self._library.nvmlEventSetFree, self._events)

    def faults(self) -> Sequence[GPUFaults]:
        return [self._faults_of(index) for index in range(self._count())]

    def next_xid(self, timeout_s: float) -> Xid | None:
        library = self._library
        try:
            event: Any = library.nvmlEventSetWait_v2(self._events, int(timeout_s * 1000))
            index = int(library.nvmlDeviceGetIndex(event.device))
        except library.NVMLError as error:
            if error.value == _TIMEOUT:
                return None
            raise NVMLFailure(str(error)) from None
        return Xid(index, self._digests.get(index), int(event.eventData))

    def _faults_of(self, index: int) -> GPUFaults:
        library = self._library
        try:
            handle = library.nvmlDeviceGetHandleByIndex(index)
            digest = self._digest(handle)
        except (library.NVMLError, NVMLFailure) as error:
            lost = getattr(error, "value", None) == _GPU_IS_LOST or index in self._digests
            return GPUFaults(index, self._digests.get(index), is_lost=lost)
        ecc = self._if_known(library.nvmlDeviceGetTotalEccErrors, handle, _UNCORRECTED, _VOLATILE)
        rows = self._if_known(library.nvmlDeviceGetRemappedRows, handle)
        return GPUFaults(
            index,
            digest,
            uncorrected_ecc=None if ecc is None else int(ecc),
            remap_pending=None if rows is None else bool(rows[2]),
            remap_failed=None if rows is None else bool(rows[3]),
        )

    def _count(self) -> int:
        return int(self._asked(self._library.nvmlDeviceGetCount))

    def _handle(self, index: int) -> Any:
        return self._asked(self._library.nvmlDeviceGetHandleByIndex, index)

    def _digest(self, handle: Any) -> str:
        uuid = self._asked(self._library.nvmlDeviceGetUUID, handle)
        raw = uuid if isinstance(uuid, bytes) else str(uuid).encode()
        return hashlib.sha256(raw).hexdigest()[:_DIGEST_DIGITS]

    def _if_known(self, function: Any, *arguments: Any) -> Any:
        try:
            return self._asked(function, *arguments)
        except NVMLFailure:
            return None

    def _asked(self, function: Any, *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except self._library.NVMLError as error:
            raise NVMLFailure(str(error)) from None


@contextmanager
def driver_faults() -> Iterator[DriverFaults]:
    """The driver of this machine while the context lasts. Raises NVMLFailure without one."""
    try:
        import pynvml  # noqa: PLC0415
    except ImportError:
        raise NVMLFailure("pynvml is not installed; install the package nvidia-ml-py") from None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        raise NVMLFailure(str(error)) from None
    try:
        faults = DriverFaults(pynvml)
        try:
            yield faults
        finally:
            faults.close()
    finally:
        pynvml.nvmlShutdown()
