"""What the driver says of faults, read through a library with the functions of pynvml."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import cast

import pytest

from hardware.gpu_health import DriverFaults, Xid
from hardware.nvml import NVMLFailure


class NVMLError(Exception):
    def __init__(self, value: int) -> None:
        super().__init__(f"NVML error {value}")
        self.value = value


class Library:
    """Two GPUs, the second of which counts no ECC and knows no events, as cheap cards."""

    NVMLError = NVMLError

    def __init__(self) -> None:
        self.lost: set[int] = set()
        self.events: list[tuple[int, int]] = []
        self.registered: list[int] = []
        self.freed = 0

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        if index in self.lost:
            raise NVMLError(15)
        return index

    def nvmlDeviceGetUUID(self, handle: int) -> str:  # noqa: N802
        return f"GPU-{handle}"

    def nvmlDeviceGetIndex(self, handle: int) -> int:  # noqa: N802
        return handle

    def nvmlDeviceGetTotalEccErrors(self, handle: int, kind: int, counter: int) -> int:  # noqa: N802
        if handle:
            raise NVMLError(3)
        assert (kind, counter) == (1, 0)
        return 4

    def nvmlDeviceGetRemappedRows(self, handle: int) -> list[int]:  # noqa: N802
        if handle:
            raise NVMLError(3)
        return [2, 1, 1, 0]

    def nvmlEventSetCreate(self) -> str:  # noqa: N802
        return "set"

    def nvmlDeviceRegisterEvents(self, handle: int, events: int, _set: str) -> None:  # noqa: N802
        if handle:
            raise NVMLError(3)
        self.registered.append(events)

    def nvmlEventSetWait_v2(self, _set: str, timeout_ms: int) -> SimpleNamespace:  # noqa: N802
        if not self.events:
            raise NVMLError(10)
        device, number = self.events.pop(0)
        return SimpleNamespace(device=device, eventData=number)

    def nvmlEventSetFree(self, _set: str) -> None:  # noqa: N802
        self.freed += 1


@pytest.fixture
def library() -> Library:
    return Library()


@pytest.fixture
def faults(library: Library) -> DriverFaults:
    return DriverFaults(cast(ModuleType, library))


def test_each_gpu_says_what_it_counts(faults: DriverFaults) -> None:
    first, second = faults.faults()
    assert (first.uncorrected_ecc, first.remap_pending, first.remap_failed) == (4, True, False)
    assert (second.uncorrected_ecc, second.remap_pending) == (None, None)
    assert first.uuid_digest != second.uuid_digest
    assert not first.is_lost
    assert not second.is_lost


def test_a_gpu_that_is_gone_is_lost_and_known_by_what_it_was(
    library: Library, faults: DriverFaults
) -> None:
    known = faults.faults()[0].uuid_digest
    library.lost.add(0)
    gone, still_there = faults.faults()
    assert gone.is_lost
    assert gone.uuid_digest == known
    assert not still_there.is_lost


def test_xids_come_one_by_one_and_a_quiet_time_is_none(
    library: Library, faults: DriverFaults
) -> None:
    assert faults.next_xid(0.0) is None
    library.events = [(0, 79), (0, 31)]
    digest = faults.faults()[0].uuid_digest
    assert faults.next_xid(0.0) == Xid(0, digest, 79)
    assert faults.next_xid(0.0) == Xid(0, digest, 31)
    assert faults.next_xid(0.0) is None
    assert library.registered == [8]


def test_a_driver_that_errs_while_it_is_waited_for_is_a_failure(
    library: Library, faults: DriverFaults
) -> None:
    def unloaded(_set: str, _timeout_ms: int) -> SimpleNamespace:
        raise NVMLError(9)

    library.nvmlEventSetWait_v2 = unloaded  # type: ignore[method-assign]
    with pytest.raises(NVMLFailure, match="9"):
        faults.next_xid(0.0)


def test_what_was_registered_is_given_back(library: Library, faults: DriverFaults) -> None:
    faults.close()
    assert library.freed == 1
