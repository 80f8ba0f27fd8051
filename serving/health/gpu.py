"""When a GPU may not be computed on any more. Pure; the numbers are NVIDIA's.

Xid errors: docs.nvidia.com/deploy/xid-errors. Memory errors and row remapping:
docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt.
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.gpu_health import GPUFaults, Xid

# What a program did wrong, or what ends with the program: the next one computes as before.
_OF_PROGRAMS = frozenset({13, 31, 43, 45, 94})

_OF_HARDWARE = {
    48: "double-bit ECC error",
    62: "internal micro-controller halt",
    64: "row remapping failed",
    74: "NVLink error",
    79: "fallen off the bus",
    92: "high rate of single-bit ECC errors",
    95: "uncontained ECC error",
    119: "GSP does not answer",
    120: "GSP error",
    140: "unrecovered ECC error",
}

_RESET = "take the node out of the cluster and reset the GPU (nvidia-smi --gpu-reset)"
_REPLACE = "take the node out of the cluster and have the GPU looked at: a reset does not mend it"


@dataclass(frozen=True, slots=True)
class Cordon:
    """A GPU that nothing may be placed on, why, and what ends it."""

    index: int
    uuid_digest: str | None
    reason: str
    cure: str


def cordon_for_xid(xid: Xid) -> Cordon | None:
    """None for what programs bring about, and for numbers that are in neither list: those are
    reported and left to people, since half of the catalogue says nothing about the hardware.
    """
    if xid.number not in _OF_HARDWARE:
        return None
    reason = f"Xid {xid.number}: {_OF_HARDWARE[xid.number]}"
    cure = _REPLACE if xid.number in (64, 79) else _RESET
    return Cordon(xid.index, xid.uuid_digest, reason, cure)


def is_of_programs(xid: Xid) -> bool:
    return xid.number in _OF_PROGRAMS


def cordon_for_faults(faults: GPUFaults) -> Cordon | None:
    """One uncorrected error is enough: what was computed on that memory since is worth nothing."""
    if faults.is_lost:
        reason, cure = "the driver has lost it", _REPLACE
    elif faults.remap_failed:
        reason, cure = "row remapping failed: no spare rows are left", _REPLACE
    elif faults.uncorrected_ecc:
        reason, cure = f"{faults.uncorrected_ecc} uncorrected ECC errors since the reset", _RESET
    elif faults.remap_pending:
        reason, cure = "a memory row waits to be remapped", _RESET
    else:
        return None
    return Cordon(faults.index, faults.uuid_digest, reason, cure)
