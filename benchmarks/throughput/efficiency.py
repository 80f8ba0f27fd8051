"""What share of its peaks a machine reached: MFU and MBU.

    mfu   (2 · parameters multiplied · tokens/s + attention) / (peak · GPUs)
    mbu   steps/s · (weights + KV cache of what runs) / (bandwidth · GPUs)

Steps/s is output tokens/s over how many answers were being made at a time: each gets a token a
step. Both are of a steady part; mbu only means something where no prompt was computed in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from benchmarks.throughput.steady import Steady
from hardware.capacity_bytes import KVDtype, WeightsDtype, kv_bytes_per_token, weights_bytes_per_gpu
from hardware.shape import ModelShape
from hardware.specs import Dtype, GPUSpec

_WEIGHTS: Mapping[str, WeightsDtype] = {
    "float32": WeightsDtype.FP32,
    "float": WeightsDtype.FP32,
    "bfloat16": WeightsDtype.BF16,
    "float16": WeightsDtype.FP16,
    "half": WeightsDtype.FP16,
    "fp8": WeightsDtype.FP8,
}
_PEAK: Mapping[WeightsDtype, tuple[Dtype, ...]] = {
    WeightsDtype.FP32: (Dtype.FP32,),
    WeightsDtype.BF16: (Dtype.BF16,),
    WeightsDtype.FP16: (Dtype.FP16, Dtype.BF16),
    WeightsDtype.FP8: (Dtype.FP8,),
}


@dataclass(frozen=True, slots=True)
class Peaks:
    """Of one GPU, or of the whole of a CPU; `source` says who says so."""

    flops_per_s: float
    bytes_per_s: float
    source: str


@dataclass(frozen=True, slots=True)
class Work:
    """What a token costs a GPU with this model in this data type, and what the GPU can do."""

    shape: ModelShape
    weights_bytes: float
    kv_bytes_per_token: float
    peaks: Peaks
    tensor_parallel_size: int

    def mfu(self, part: Steady) -> float:
        """Prompt tokens count in full where their first token came."""
        tokens_per_s = (part.output_tokens + part.input_tokens) / part.duration_s
        return self._mfu(tokens_per_s, self._attention(part))

    def mfu_of_prefill(self, input_tokens_per_s: float, isl: float) -> float:
        pairs_per_s = input_tokens_per_s * isl / 2
        return self._mfu(input_tokens_per_s, pairs_per_s * self._flops_per_pair)

    def mbu(self, part: Steady) -> float:
        if part.at_a_time <= 0:
            return 0.0
        steps_per_s = part.output_tokens_per_s / part.at_a_time
        read = self.weights_bytes + part.context_tokens * self.kv_bytes_per_token
        return steps_per_s * read / self.peaks.bytes_per_s

    def intensity(self, part: Steady) -> float:
        """Floating-point operations a byte read, by which a roofline is drawn."""
        read = self.weights_bytes + part.context_tokens * self.kv_bytes_per_token
        flops = part.at_a_time * 2 * self.shape.multiplied_parameters / self.tensor_parallel_size
        return flops / read

    def _attention(self, part: Steady) -> float:
        seen = part.context_tokens / part.at_a_time if part.at_a_time else 0.0
        return part.output_tokens_per_s * seen * self._flops_per_pair

    def _mfu(self, tokens_per_s: float, attention_flops_per_s: float) -> float:
        needed = tokens_per_s * 2 * self.shape.multiplied_parameters + attention_flops_per_s
        return needed / (self.peaks.flops_per_s * self.tensor_parallel_size)

    @property
    def _flops_per_pair(self) -> float:
        return 4.0 * self.shape.heads * self.shape.head_dim * self.shape.layers


def work_of(
    shape: ModelShape,
    engine: Mapping[str, JsonValue],
    spec: GPUSpec,
    tensor_parallel_size: int,
) -> Work | None:
    """None where the data type, or a peak of it, is not known: unknown stays unknown."""
    dtype = weights_dtype_of({**engine, "dtype": engine.get("dtype") or shape.dtype})
    bandwidth = spec.memory_bandwidth_bytes_per_s
    if dtype is None or bandwidth is None:
        return None
    peak = next(
        (spec.dense_flops_per_s[one] for one in _PEAK[dtype] if one in spec.dense_flops_per_s), None
    )
    if peak is None:
        return None
    cache = kv_dtype_of(engine, dtype)
    return Work(
        shape=shape,
        weights_bytes=weights_bytes_per_gpu(shape, dtype, tensor_parallel_size),
        kv_bytes_per_token=kv_bytes_per_token(shape, cache, tensor_parallel_size),
        peaks=Peaks(
            peak.value, bandwidth.value, f"{spec.id}: {peak.source}; bandwidth: {bandwidth.source}"
        ),
        tensor_parallel_size=tensor_parallel_size,
    )


def weights_dtype_of(engine: Mapping[str, JsonValue]) -> WeightsDtype | None:
    """By the engine's arguments; None where they do not say, or say what is not known."""
    return _WEIGHTS.get(str(engine.get("quantization") or engine.get("dtype")))


def kv_dtype_of(engine: Mapping[str, JsonValue], weights: WeightsDtype) -> KVDtype:
    """What the cache is in: as the engine was told, or as its weights."""
    if str(engine.get("kv_cache_dtype", "auto")).startswith("fp8"):
        return KVDtype.FP8
    return KVDtype.FP32 if weights is WeightsDtype.FP32 else KVDtype.BF16
