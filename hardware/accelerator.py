"""What this machine computes on. The one place that asks; standard library only.

`python3 hardware/accelerator.py` prints the answer, so that the Makefile can choose the engine's
build before anything is installed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args

Accelerator: TypeAlias = Literal["cpu", "cuda"]

OVERRIDE = "RINGFENCE_ACCELERATOR"
_DRIVER_GPUS = Path("proc/driver/nvidia/gpus")
# Containers and WSL mount the device nodes without the driver's /proc tree.
_DEVICE_NODES = ("dev/nvidia0", "dev/nvidiactl", "dev/dxg")


def accelerator(environ: Mapping[str, str] = os.environ, root: Path = Path("/")) -> Accelerator:
    """`cuda` where an NVIDIA GPU is visible, else `cpu`; RINGFENCE_ACCELERATOR overrides it.

    Reads below `root` only. Raises ValueError for an override that is neither.
    """
    said = environ.get(OVERRIDE)
    if said is not None:
        if said not in get_args(Accelerator):
            raise ValueError(f"{OVERRIDE} is {said!r}; it may be one of cpu, cuda")
        return cast(Accelerator, said)
    gpus = root / _DRIVER_GPUS
    if gpus.is_dir() and any(gpus.iterdir()):
        return "cuda"
    return "cuda" if any((root / node).exists() for node in _DEVICE_NODES) else "cpu"


if __name__ == "__main__":
    print(accelerator())  # noqa: T201
