"""What a GPU type is on paper: every figure with its source, and what is unknown left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Dtype(StrEnum):
    """What tensor cores multiply. `fp8` is either of its two formats."""

    FP32 = "fp32"
    TF32 = "tf32"
    BF16 = "bf16"
    FP16 = "fp16"
    FP8 = "fp8"
    INT8 = "int8"
    FP4 = "fp4"


class Confidence(StrEnum):
    """`datasheet`: the maker says it. `derived`: computed from what the maker says. `measured`: by
    a record of ours. `reported`: by somebody else.
    """

    DATASHEET = "datasheet"
    DERIVED = "derived"
    MEASURED = "measured"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class Figure:
    """A positive number in the unit of its name, and who says so."""

    value: float
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Interconnect:
    """`bytes_per_s` is per GPU, both directions together, as makers state it."""

    kind: str
    bytes_per_s: Figure | None


@dataclass(frozen=True, slots=True)
class GPUSpec:
    """A type of accelerator, or of CPU. None, or a missing dtype, is unknown.

    `memory_bytes` is what the data sheet says, in bytes: a GB of a data sheet is 10**9, a GiB of
    one 2**30. `dense_flops_per_s` has no structured sparsity in it: makers like to state twice as
    much. There is no price here: that is what somebody paid, and not what a sheet says.
    """

    id: str
    name: str
    vendor: str
    architecture: str
    memory_bytes: Figure | None
    memory_bandwidth_bytes_per_s: Figure | None
    dense_flops_per_s: Mapping[Dtype, Figure]
    interconnect: Interconnect | None
    power_w: Figure | None
    accelerator_type: str | None
    """Ray's name for it, by which replicas are placed; None where Ray has none."""

    nvml_names: tuple[str, ...] = ()
    """What NVML calls such a device, by which a probe recognises it."""
