"""Which of a host's GPUs a process was given."""

from __future__ import annotations

from collections.abc import Mapping

_VARIABLE = "CUDA_VISIBLE_DEVICES"


def visible_gpus(environ: Mapping[str, str]) -> tuple[int, ...]:
    """The indices that Ray wrote for its worker, as NVML counts them; empty without any.

    Ray counts GPUs in the order of the PCIe bus, as NVML does, where CUDA_DEVICE_ORDER=PCI_BUS_ID
    or all GPUs are alike. Names that are no indices (UUIDs, MIG slices) are left out: nothing is
    known of them here.
    """
    names = (name.strip() for name in environ.get(_VARIABLE, "").split(","))
    return tuple(int(name) for name in names if name.isdecimal())
