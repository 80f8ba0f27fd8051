"""CPU, memory and kernel of this machine, and what a control group leaves of them.

Linux only: everything is read below `root`, and what is not there is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict

ISA = {
    "avx2": "avx2",
    "avx_vnni": "avx-vnni",
    "avx512f": "avx512",
    "avx512_vnni": "avx512-vnni",
    "avx512_bf16": "avx512-bf16",
    "amx_tile": "amx",
    "amx_bf16": "amx-bf16",
    "amx_int8": "amx-int8",
    "asimd": "neon",
    "sve": "sve",
    "sve2": "sve2",
    "bf16": "bf16",
    "i8mm": "i8mm",
}
"""Flags of /proc/cpuinfo that decide which kernels an engine runs, and how they are called here."""

_UNLIMITED_BYTES = 2**60
"""Version 1 writes a number near 2**63 where it means no limit."""


@dataclass(frozen=True, slots=True)
class CPU:
    """`usable_cores` are the logical cores that a process may use at once: fewer where a quota or
    an affinity leaves less. `l3_bytes` is of all caches together.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    model: str | None
    physical_cores: int | None
    logical_cores: int
    usable_cores: float
    isa: tuple[str, ...]
    l3_bytes: int | None
    numa_nodes: int


@dataclass(frozen=True, slots=True)
class Host:
    """`memory_limit_bytes` is what a control group allows, None where it allows everything."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    cpu: CPU
    memory_bytes: int | None
    memory_limit_bytes: int | None
    kernel: str | None

    @property
    def usable_memory_bytes(self) -> int | None:
        known = [size for size in (self.memory_bytes, self.memory_limit_bytes) if size is not None]
        return min(known, default=None)


def read_host(root: Path, affinity: int | None = None) -> Host:
    """Reads below `root`; `affinity` is the number of cores that this process may run on."""
    processors = _processors(_text(root / "proc/cpuinfo"))
    logical = max(1, len(processors))
    limits = [_cpu_quota(group) for group in _groups(root, "cpu")]
    usable = [float(logical), *(limit for limit in limits if limit is not None)]
    if affinity is not None:
        usable.append(float(affinity))
    memory_limits = [_memory_limit(group) for group in _groups(root, "memory")]
    return Host(
        cpu=CPU(
            model=_first(processors, "model name", "Processor", "CPU part"),
            physical_cores=_physical_cores(processors),
            logical_cores=logical,
            usable_cores=min(usable),
            isa=_isa(processors),
            l3_bytes=_l3_bytes(root),
            numa_nodes=max(1, len(list((root / "sys/devices/system/node").glob("node[0-9]*")))),
        ),
        memory_bytes=_memory_bytes(_text(root / "proc/meminfo")),
        memory_limit_bytes=min((size for size in memory_limits if size is not None), default=None),
        kernel=_text(root / "proc/sys/kernel/osrelease").strip() or None,
    )


def _processors(cpuinfo: str) -> list[dict[str, str]]:
    """One mapping for each logical core."""
    blocks = (block for block in cpuinfo.split("\n\n") if block.startswith("processor"))
    return [
        {key.strip(): value.strip() for key, _, value in map(_halves, block.splitlines())}
        for block in blocks
    ]


def _halves(line: str) -> tuple[str, str, str]:
    return line.partition(":")


def _first(processors: list[dict[str, str]], *names: str) -> str | None:
    found = (processor[name] for processor in processors for name in names if name in processor)
    return next(found, None)


def _physical_cores(processors: list[dict[str, str]]) -> int | None:
    """Pairs of socket and core; None where the kernel does not say them, as on most of ARM."""
    cores = {
        (processor["physical id"], processor["core id"])
        for processor in processors
        if "physical id" in processor and "core id" in processor
    }
    return len(cores) or None


def _isa(processors: list[dict[str, str]]) -> tuple[str, ...]:
    flags = set((_first(processors, "flags", "Features") or "").split())
    return tuple(name for flag, name in ISA.items() if flag in flags)


def _l3_bytes(root: Path) -> int | None:
    caches = {}
    for index in (root / "sys/devices/system/cpu").glob("cpu[0-9]*/cache/index[0-9]*"):
        if _text(index / "level").strip() == "3":
            shared_by = _text(index / "shared_cpu_list").strip()
            caches[shared_by] = _sized(_text(index / "size").strip())
    return sum(caches.values()) or None


def _sized(text: str) -> int:
    """`32768K` in bytes; 0 for what is no size."""
    match = re.fullmatch(r"(\d+)([KMG]?)", text)
    return int(match[1]) * 1024 ** " KMG".index(match[2] or " ") if match else 0


def _memory_bytes(meminfo: str) -> int | None:
    match = re.search(r"^MemTotal:\s*(\d+) kB", meminfo, re.MULTILINE)
    return int(match[1]) * 1024 if match else None


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The control group of this process and those above it, of both versions, where they exist.

    In a container the path that the kernel names may not exist below the mount: then what is above
    it is the container's own.
    """
    mount = root / "sys/fs/cgroup"
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and controller not in controllers.split(","):
            continue
        bases = [mount / controllers, mount / controller] if controllers else [mount]
        for base in dict.fromkeys(bases):
            yield from _upwards(base, path)


def _upwards(base: Path, path: str) -> Iterator[Path]:
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    for length in range(len(parts), -1, -1):
        group = base.joinpath(*parts[:length])
        if group.is_dir():
            yield group


def _cpu_quota(group: Path) -> float | None:
    """Cores: a quota of CPU time in a period of time."""
    match _text(group / "cpu.max").split():
        case [quota, period]:
            return _ratio(quota, period)
    quota_us, period_us = "cpu.cfs_quota_us", "cpu.cfs_period_us"
    return _ratio(_text(group / quota_us).strip(), _text(group / period_us).strip())


def _ratio(quota: str, period: str) -> float | None:
    numbers = _numbers((quota, period))
    return numbers[0] / numbers[1] if len(numbers) == 2 and min(numbers) > 0 else None


def _memory_limit(group: Path) -> int | None:
    said = _text(group / "memory.max") or _text(group / "memory.limit_in_bytes")
    numbers = _numbers((said.strip(),))
    return numbers[0] if numbers and 0 < numbers[0] < _UNLIMITED_BYTES else None


def _numbers(texts: Iterable[str]) -> list[int]:
    return [int(text) for text in texts if re.fullmatch(r"\d{1,20}", text)]


def _text(path: Path) -> str:
    """Empty for what cannot be read."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
