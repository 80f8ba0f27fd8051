"""A CPU as a GPUSpec, so that plans are made for it as for anything else: from measured figures."""

from __future__ import annotations

from hardware.host import Host
from hardware.microbench import Measured
from hardware.specs import Confidence, Dtype, Figure, GPUSpec

CPU_ID = "cpu"


def cpu_spec(host: Host, measured: Measured, source: str) -> GPUSpec:
    """This machine's CPU; `source` says where the measurement is kept, or when it was made.

    One such "GPU" is the whole machine: all usable cores and all usable memory. Rates of narrower
    types are unknown: whether they are faster depends on the instruction sets and the engine.
    """
    cpu, memory_bytes = host.cpu, host.usable_memory_bytes

    def figure(value: float, what: str) -> Figure:
        return Figure(value, f"{what}; {source}", Confidence.MEASURED)

    return GPUSpec(
        id=CPU_ID,
        name=cpu.model or "CPU",
        vendor="",
        architecture="CPU",
        memory_bytes=None if memory_bytes is None else figure(memory_bytes, "what the system has"),
        memory_bandwidth_bytes_per_s=figure(
            measured.copy_bytes_per_s, f"copy with {measured.threads} threads"
        ),
        dense_flops_per_s={
            Dtype.FP32: figure(
                measured.fp32_flops_per_s, f"product of {measured.matrix_size} x matrices"
            )
        },
        interconnect=None,
        power_w=None,
        accelerator_type=None,
    )
