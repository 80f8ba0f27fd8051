"""The GPUs of this machine: what they are, what caps them, and how they are joined."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

from pydantic import ConfigDict

from hardware.nvml import NVML, Answer, NVMLFailure, Question

A = TypeVar("A", str, int, list[int])

_PATHS = {
    0: "same board",
    10: "one PCIe switch",
    20: "several PCIe switches",
    30: "PCIe host bridge",
    40: "within a NUMA node",
    50: "across NUMA nodes",
}
"""NVML_TOPOLOGY_*: what two devices have in common that is nearest to them."""


@dataclass(frozen=True, slots=True)
class GPU:
    """One device as NVML knows it, by its index there; None is what the driver did not say.

    `uuid_digest` is the head of the sha256 of the UUID: it tells cards apart, and names none.
    `sm_clock_cap_mhz` is the application clock where one is set, otherwise the card's maximum.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    index: int
    name: str
    uuid_digest: str | None
    memory_bytes: int | None
    compute_capability: str | None
    ecc: bool | None
    mig: bool | None
    power_cap_w: float | None
    sm_clock_cap_mhz: int | None


@dataclass(frozen=True, slots=True)
class Link:
    """What joins two GPUs, by their index: `NVLink`, or where their PCIe paths meet."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    first: int
    second: int
    kind: str


@dataclass(frozen=True, slots=True)
class GPUs:
    """`unknown` says what could not be asked, and why; empty when everything answered."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    devices: tuple[GPU, ...] = ()
    driver: str | None = None
    cuda: str | None = None
    links: tuple[Link, ...] = ()
    unknown: tuple[str, ...] = ()


def read_gpus(nvml: NVML) -> GPUs:
    """Asks for everything. A driver that errs is said in `unknown`, and not raised."""
    try:
        count = _needed(nvml, int, Question.COUNT)
    except NVMLFailure as failure:
        return GPUs(unknown=(f"NVML: {failure}",))
    devices, unknown = [], []
    for index in range(count):
        try:
            devices.append(_gpu(nvml, index))
        except NVMLFailure as failure:
            unknown.append(f"GPU {index}: {failure}")
    cuda = _asked(nvml, int, Question.CUDA)
    return GPUs(
        devices=tuple(devices),
        driver=_asked(nvml, str, Question.DRIVER),
        # 12040 is CUDA 12.4.
        cuda=None if cuda is None else f"{cuda // 1000}.{cuda % 1000 // 10}",
        links=tuple(_links(nvml, count)),
        unknown=tuple(unknown),
    )


def _gpu(nvml: NVML, index: int) -> GPU:
    """Raises NVMLFailure for a device that does not even say its name: one that is lost."""
    name = _needed(nvml, str, Question.NAME, index)
    uuid = _asked(nvml, str, Question.UUID, index)
    capability = _asked(nvml, list, Question.COMPUTE_CAPABILITY, index)
    power_mw = _asked(nvml, int, Question.POWER_CAP, index)
    clock_mhz = _asked(nvml, int, Question.SM_CLOCK_CAP, index)
    if clock_mhz is None:
        clock_mhz = _asked(nvml, int, Question.SM_CLOCK_MAX, index)
    return GPU(
        index=index,
        name=name,
        uuid_digest=None if uuid is None else hashlib.sha256(uuid.encode()).hexdigest()[:16],
        memory_bytes=_asked(nvml, int, Question.MEMORY, index),
        compute_capability=None if capability is None else ".".join(map(str, capability)),
        ecc=_mode(nvml, Question.ECC, index),
        mig=_mode(nvml, Question.MIG, index),
        power_cap_w=None if power_mw is None else power_mw / 1000,
        sm_clock_cap_mhz=clock_mhz,
    )


def _links(nvml: NVML, count: int) -> Iterator[Link]:
    for first, second in combinations(range(count), 2):
        if _asked(nvml, int, Question.NVLINK, first, second) == 0:  # NVML_P2P_STATUS_OK
            yield Link(first, second, "NVLink")
            continue
        ancestor = _asked(nvml, int, Question.ANCESTOR, first, second)
        if ancestor is not None:
            yield Link(first, second, _PATHS.get(ancestor, f"NVML topology level {ancestor}"))


def _mode(nvml: NVML, question: Question, index: int) -> bool | None:
    """The mode that is in force; the second number is the one after the next reset."""
    modes = _asked(nvml, list, question, index)
    return bool(modes[0]) if modes else None


def _asked(nvml: NVML, kind: type[A], question: Question, *devices: int) -> A | None:
    try:
        return _needed(nvml, kind, question, *devices)
    except NVMLFailure:
        return None


def _needed(nvml: NVML, kind: type[A], question: Question, *devices: int) -> A:
    said: Answer = nvml.ask(question, *devices)
    if not isinstance(said, kind):
        raise NVMLFailure(f"{question} answered with {type(said).__name__}")
    return said
