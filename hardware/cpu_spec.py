"""A CPU as a GPUSpec, so that plans are made for it as for anything else: from measured figures."""

from __future__ import annotations

from hardware.host import Host
from hardware.microbench import Measured
from hardware.specs import Confidence, Dtype, Figure, GPUSpec

CPU_ID = "cpu"


def cpu_spec(host: Host, measured: Measured, source: str) -> GPUSpec:
    """This machine's CPU; `source` says where the measurement is kept, or when it was made."""

    def figure(value: float, what: str) -> Figure:
        return Figure(value, f"{what}; {source}", Confidence.MEASURED)

    return cpu_of(
        host,
        bandwidth=figure(measured.copy_bytes_per_s, f"copy with {measured.threads} threads"),
        fp32=figure(measured.fp32_flops_per_s, f"product of {measured.matrix_size} x matrices"),
    )


def cpu_of(
    host: Host, bandwidth: Figure | None, fp32: Figure | None, cpu_id: str = CPU_ID
) -> GPUSpec:
    """A CPU whose rates somebody measured: bytes a second, and operations a second in 32 bits.

    One such "GPU" is the whole machine: all usable cores and all usable memory. Rates of narrower
    types are unknown: whether they are faster depends on the instruction sets and the engine.
    """
    memory_bytes = host.usable_memory_bytes
    return GPUSpec(
        id=cpu_id,
        name=host.cpu.model or "CPU",
        vendor="",
        architecture="CPU",
        memory_bytes=None
        if memory_bytes is None
        else Figure(memory_bytes, "what the system has", Confidence.MEASURED),
        memory_bandwidth_bytes_per_s=bandwidth,
        dense_flops_per_s={} if fp32 is None else {Dtype.FP32: fp32},
        interconnect=None,
        power_w=None,
        accelerator_type=None,
    )
