"""What a figure was measured on and with: part of every record."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict

from hardware.accelerator import accelerator


class Machine(BaseModel):
    """`cores` are those that this process may run on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cpu: str
    cores: int
    memory_gib: float
    accelerator: str
    system: str
    python: str


def this_machine() -> Machine:
    return Machine(
        cpu=_cpu_model(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(psutil.virtual_memory().total / 2**30, 1),
        accelerator=accelerator(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
    )


def library_versions(names: Iterable[str]) -> dict[str, str]:
    """`absent` for what is not installed."""
    versions: dict[str, str] = {}
    for name in names:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "absent"
    return versions


def commit(root: Path) -> tuple[str, bool]:
    """The commit of the checkout, and whether files differ from it; ("unknown", True) without."""
    try:
        head = _git(root, "rev-parse", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=normal")
    except (OSError, subprocess.CalledProcessError):
        return "unknown", True
    return head.strip(), bool(changed.strip())


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or "unknown")
