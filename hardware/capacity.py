"""What fits: a model, a data type, a split, on a GPU type; with the concurrency it then has.

    visible        what the driver shows of the memory (visible_memory_bytes)
    budget         visible · gpu_memory_utilization
    reserve        runtime + activations + sampling
      runtime        0.5 GiB: libraries, kernels, graphs; 1 GiB more for collectives with TP > 1
      activations    max_num_batched_tokens · (3·intermediate/TP + 4·hidden) · 2 bytes
      sampling       max_num_seqs · vocab · 8 bytes: logits and their probabilities in 32 bits
    KV cache       budget - weights of a GPU - reserve
    concurrency    whole sequences of max_model_len in the KV cache, max_num_seqs at most

The known case, with vLLM's default of 0.92: Llama-3.1-70B in FP8 leaves one H100 of 80 GB about
13,000 tokens of KV cache in 16 bits, and one H200 about 192,000. The runtime's reserve is a prior:
vLLM's start-up log has the figure of a machine, and `gpu_memory_utilization` is how to match it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hardware.capacity_bytes import (
    KVDtype,
    WeightsDtype,
    kv_bytes_per_sequence,
    weights_bytes_per_gpu,
)
from hardware.shape import ModelShape
from hardware.specs import Confidence, GPUSpec

GIB = 2**30
_GB = 10**9

VISIBLE_SHARE = 0.99
"""Of HBM, and of GDDR without ECC: H100 79.2 of 80 GiB, H200 139.8 of 141, A100 79.2 of 80."""

INLINE_ECC_SHARE = 0.92
"""GDDR6 keeps its error correction in itself: L4 22.1 of 24 GiB, A10 22.0, T4 14.6 of 16."""

_INLINE_ECC_BELOW_BYTES_PER_S = 900e9
_RUNTIME_BYTES = 0.5 * GIB
_COLLECTIVES_BYTES = 1.0 * GIB


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """vLLM's engine arguments of these names, with its defaults; `max_num_seqs` and
    `max_num_batched_tokens` are those of GPUs under 70 GiB, which larger ones do better to have
    when latency counts.
    """

    gpu_memory_utilization: float = 0.92
    max_num_batched_tokens: int = 2048
    max_num_seqs: int = 256

    def __post_init__(self) -> None:
        if not 0 < self.gpu_memory_utilization <= 1:
            raise ValueError("gpu_memory_utilization is a share: above 0, and 1 at most")
        if self.max_num_batched_tokens < 1 or self.max_num_seqs < 1:
            raise ValueError("max_num_batched_tokens and max_num_seqs are at least 1")


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model as it is to be served: the shape, and what its deployment says."""

    shape: ModelShape
    weights_dtype: WeightsDtype
    kv_dtype: KVDtype
    max_model_len: int
    limits: EngineLimits = field(default_factory=EngineLimits)

    def __post_init__(self) -> None:
        if not 1 <= self.max_model_len <= self.shape.max_context_tokens:
            raise ValueError(
                f"{self.shape.name} takes a context of 1 to {self.shape.max_context_tokens:,} "
                f"tokens, and not of {self.max_model_len:,}"
            )


@dataclass(frozen=True, slots=True)
class Fit:
    """Bytes are of one GPU. `kv_tokens` are those of a replica: how many its cache holds in
    sequences of max_model_len.
    """

    tensor_parallel_size: int
    visible_bytes: float
    budget_bytes: float
    weights_bytes: float
    reserve_bytes: float
    kv_bytes: float
    kv_tokens: int
    max_model_len: int
    concurrency: int


@dataclass(frozen=True, slots=True)
class Misfit:
    tensor_parallel_size: int
    problem: str
    cure: str


def visible_memory_bytes(gpu: GPUSpec) -> float | None:
    """What the driver shows of what the data sheet says; None where that is not known.

    Memory is built in powers of two: the 80 GB of a data sheet are 80 · 2^30 bytes of chips, of
    which firmware and error correction keep some. What was measured is what is shown.
    """
    if gpu.memory_bytes is None:
        return None
    said = gpu.memory_bytes.value
    if gpu.memory_bytes.confidence is Confidence.MEASURED:
        return said
    chips = said if said % GIB == 0 else said / _GB * GIB
    bandwidth = gpu.memory_bandwidth_bytes_per_s
    inline = bandwidth is not None and bandwidth.value < _INLINE_ECC_BELOW_BYTES_PER_S
    return chips * (INLINE_ECC_SHARE if inline else VISIBLE_SHARE)


def reserve_bytes(model: ServedModel, tensor_parallel_size: int) -> float:
    """What a GPU keeps from weights and cache. The formula is in this file's docstring."""
    shape, limits = model.shape, model.limits
    widest = shape.intermediate
    if shape.experts is not None:
        per_token = shape.experts.active + shape.experts.shared
        widest = max(
            widest if shape.experts.layers < shape.layers else 0,
            shape.experts.intermediate * per_token,
        )
    wide = 3 * widest / tensor_parallel_size + 4 * shape.hidden
    activations = limits.max_num_batched_tokens * wide * 2
    sampling = limits.max_num_seqs * shape.vocab * 8
    collectives = _COLLECTIVES_BYTES if tensor_parallel_size > 1 else 0.0
    return _RUNTIME_BYTES + collectives + activations + sampling


def fit(
    model: ServedModel,
    gpu: GPUSpec,
    tensor_parallel_size: int,
    kv_cache_bytes: float | None = None,
) -> Fit | Misfit:
    """Whether and how the model fits so many GPUs of a type. Pure.

    `kv_cache_bytes` is what an engine was told to keep for its cache, where it was told.
    """
    visible = visible_memory_bytes(gpu)
    if visible is None:
        return Misfit(
            tensor_parallel_size,
            f"how much memory {gpu.id} has is not known",
            "give a record of `bench throughput` on one (--measured), or a type of known memory",
        )
    unsplittable = _unsplittable(model.shape, tensor_parallel_size)
    if unsplittable is not None:
        return Misfit(tensor_parallel_size, unsplittable, "use a tensor parallel size that divides")
    budget = visible * model.limits.gpu_memory_utilization
    weights = weights_bytes_per_gpu(model.shape, model.weights_dtype, tensor_parallel_size)
    reserve = reserve_bytes(model, tensor_parallel_size)
    kv = budget - weights - reserve
    if kv <= 0:
        return Misfit(
            tensor_parallel_size,
            f"weights of {_gib(weights)} and a reserve of {_gib(reserve)} are more than the "
            f"{_gib(budget)} that the engine may use of a {gpu.id}",
            _smaller_weights(model),
        )
    if kv_cache_bytes is not None:
        kv = min(kv, kv_cache_bytes)
    one = kv_bytes_per_sequence(
        model.shape, model.kv_dtype, model.max_model_len, tensor_parallel_size
    )
    held = kv / one
    if held < 1:
        return Misfit(
            tensor_parallel_size,
            f"the {_gib(kv)} that are left of a {gpu.id} hold no sequence of "
            f"{model.max_model_len:,} tokens, which takes {_gib(one)}",
            f"serve at most {int(held * model.max_model_len):,} tokens of context, or "
            + _smaller_weights(model),
        )
    return Fit(
        tensor_parallel_size=tensor_parallel_size,
        visible_bytes=visible,
        budget_bytes=budget,
        weights_bytes=weights,
        reserve_bytes=reserve,
        kv_bytes=kv,
        kv_tokens=int(held * model.max_model_len),
        max_model_len=model.max_model_len,
        concurrency=min(int(held), model.limits.max_num_seqs),
    )


def _unsplittable(shape: ModelShape, tensor_parallel_size: int) -> str | None:
    """vLLM's conditions: heads and MLPs divide, and KV heads divide or are repeated evenly."""
    if tensor_parallel_size < 1:
        return "a model is split over one GPU at least"
    if shape.heads % tensor_parallel_size:
        return f"{shape.heads} attention heads do not divide among {tensor_parallel_size} GPUs"
    small, large = sorted((shape.kv_heads, tensor_parallel_size))
    if shape.latent is None and large % small:
        return f"{shape.kv_heads} KV heads do not divide among {tensor_parallel_size} GPUs"
    narrow = shape.intermediate if shape.experts is None else shape.experts.intermediate
    if narrow % tensor_parallel_size:
        return f"an MLP of {narrow} columns does not divide among {tensor_parallel_size} GPUs"
    return None


def _smaller_weights(model: ServedModel) -> str:
    cures = ["split it over more GPUs of one node (--gpus-per-node)"]
    if model.weights_dtype in (WeightsDtype.FP32, WeightsDtype.BF16, WeightsDtype.FP16):
        cures.append("use weights in fp8 (--weights-dtype fp8)")
    if model.kv_dtype is not KVDtype.FP8:
        cures.append("keep the KV cache in fp8 (--kv-dtype fp8)")
    return ", or ".join(cures)


def _gib(value_bytes: float) -> str:
    return f"{value_bytes / GIB:.1f} GiB"
