"""What gpus.yaml may hold, in the units of data sheets, and what of it cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from hardware.specs import Dtype

InterconnectKind: TypeAlias = Literal["nvlink", "nvlink-bridge", "pcie", "infinity-fabric"]

_Positive: TypeAlias = Annotated[float, Field(gt=0, strict=True)]
_Text: TypeAlias = Annotated[str, StringConstraints(min_length=1)]
_Id: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]

RATIO_SLACK = 1.05
"""Makers round each rate for itself: an L40S has 362.05 and 733 TFLOP/s where 2 x is meant."""


class _Section(BaseModel):
    # Lax, so that texts become enums; numbers are strict, so that texts do not become numbers.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SourceEntry(_Section):
    title: _Text
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$")] | None = None


class FigureEntry(_Section):
    """`value` as the source states it; `with_sparsity` where that is twice the dense rate.

    `derived` says how the value follows from the source, `reported` that the source is not the
    maker, or not a data sheet of the maker's.
    """

    source: _Text
    value: _Positive | None = None
    with_sparsity: _Positive | None = None
    derived: _Text | None = None
    reported: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_number(self) -> FigureEntry:
        if (self.value is None) == (self.with_sparsity is None):
            raise ValueError("have one of `value` and `with_sparsity`")
        if self.reported and self.derived is not None:
            raise ValueError("be either `derived` or `reported`")
        if self.with_sparsity is not None and self.derived is not None:
            raise ValueError("leave `derived` out, which `with_sparsity` implies")
        return self


class InterconnectEntry(_Section):
    """`gb_per_s` is per GPU, both directions together."""

    kind: InterconnectKind
    gb_per_s: FigureEntry | None = None


class GPUEntry(_Section):
    """Memory in GB of 10**9 bytes; rates in TFLOP/s, of integers in TOP/s."""

    name: _Text
    vendor: _Text
    architecture: _Text
    memory_gb: FigureEntry | None = None
    memory_bandwidth_gb_per_s: FigureEntry | None = None
    dense_tflops: dict[Dtype, FigureEntry] = {}
    interconnect: InterconnectEntry | None = None
    power_w: FigureEntry | None = None
    accelerator_type: _Text | None = None
    nvml_names: list[_Text] = []


class GPUFile(_Section):
    format: Annotated[Literal[1], Field(alias="schema")]
    sources: dict[_Text, SourceEntry]
    gpus: Annotated[dict[_Id, GPUEntry], Field(min_length=1)]


def dense(entry: FigureEntry) -> float:
    """The dense rate, or the value of what has no sparsity, in the unit of the file."""
    if entry.value is not None:
        return entry.value
    assert entry.with_sparsity is not None
    return entry.with_sparsity / 2


_AT_MOST: tuple[tuple[Dtype, Dtype, float], ...] = (
    (Dtype.TF32, Dtype.BF16, 1),
    (Dtype.TF32, Dtype.FP16, 1),
    (Dtype.FP32, Dtype.BF16, 1),
    (Dtype.FP32, Dtype.FP16, 1),
    (Dtype.BF16, Dtype.FP16, 1),
    (Dtype.FP16, Dtype.BF16, 1),
    (Dtype.FP8, Dtype.BF16, 2),
    (Dtype.FP8, Dtype.FP16, 2),
    # Consumer cards halve what accumulates in FP32, and integers do not.
    (Dtype.INT8, Dtype.BF16, 4),
    (Dtype.INT8, Dtype.FP16, 4),
    (Dtype.FP4, Dtype.FP8, 2),
    (Dtype.FP4, Dtype.BF16, 4),
)


def impossible(rates: dict[Dtype, FigureEntry]) -> Iterator[tuple[Dtype, str]]:
    """Rates that are too high beside another one: most often a sparse rate taken for a dense."""
    for faster, slower, times in _AT_MOST:
        if faster not in rates or slower not in rates:
            continue
        rate, bound = dense(rates[faster]), times * dense(rates[slower])
        if rate > bound * RATIO_SLACK:
            yield (
                faster,
                f"{rate:g} dense TFLOP/s in {faster} are more than {times:g} x the "
                f"{dense(rates[slower]):g} in {slower}",
            )
