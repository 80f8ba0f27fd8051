"""Bytes of weights and of KV cache, by data type and architecture.

    weights        quantised parameters · bits/8, and embeddings, head, norms and routers in 16 bits
    KV, GQA        2 · max(1, kv_heads / TP) · head_dim · bytes, a token and layer of each GPU
    KV, MLA        (kv_lora_rank + qk_rope_head_dim) · bytes, on every GPU whole
    KV, sliding    as GQA, for at most window + one block of tokens

Checked: Llama-3.1-8B has 128 KiB of KV a token in 16 bits, Llama-3.1-70B 320 KiB.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from hardware.shape import ModelShape

BLOCK_TOKENS = 16
"""What vLLM allocates KV cache in."""


class WeightsDtype(StrEnum):
    """What weights are stored in. `int4` is AWQ or GPTQ, `fp4` NVFP4 or MXFP4."""

    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"
    FP8 = "fp8"
    INT8 = "int8"
    INT4 = "int4"
    FP4 = "fp4"


class KVDtype(StrEnum):
    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"
    FP8 = "fp8"


# With the scales: one of 32 bits for an output channel of 4,096; for groups of 128 one of 16 bits
# and a zero point of 4; for blocks of 16 one of 8 (NVFP4; MXFP4 has blocks of 32).
_BITS: Mapping[WeightsDtype, float] = {
    WeightsDtype.FP32: 32,
    WeightsDtype.BF16: 16,
    WeightsDtype.FP16: 16,
    WeightsDtype.FP8: 8 + 32 / 4096,
    WeightsDtype.INT8: 8 + 32 / 4096,
    WeightsDtype.INT4: 4 + 20 / 128,
    WeightsDtype.FP4: 4 + 8 / 16,
}
_KV_BYTES: Mapping[KVDtype, int] = {
    KVDtype.FP32: 4,
    KVDtype.BF16: 2,
    KVDtype.FP16: 2,
    KVDtype.FP8: 1,
}
# What config.json calls them, torch's names and the methods of quantization_config.
_NATIVE: Mapping[str, WeightsDtype] = {
    "float32": WeightsDtype.FP32,
    "bfloat16": WeightsDtype.BF16,
    "float16": WeightsDtype.FP16,
    "fp8": WeightsDtype.FP8,
    "fbgemm_fp8": WeightsDtype.FP8,
    "awq": WeightsDtype.INT4,
    "gptq": WeightsDtype.INT4,
    "mxfp4": WeightsDtype.FP4,
}


def native_dtype(shape: ModelShape) -> WeightsDtype:
    """What the published weights are in. Raises ValueError for a quantisation not known."""
    dtype = _NATIVE.get(shape.dtype)
    if dtype is None:
        raise ValueError(
            f"{shape.name}: weights in {shape.dtype!r} are not known; say --weights-dtype, one of "
            f"{', '.join(WeightsDtype)}"
        )
    return dtype


def quantised_bytes(parameters: float, dtype: WeightsDtype) -> float:
    """What so many parameters of matrices take, with their scales."""
    return parameters * _BITS[dtype] / 8


def weights_bytes(shape: ModelShape, dtype: WeightsDtype) -> float:
    """All weights, once."""
    return sum(_weights(shape, dtype))


def weights_bytes_per_gpu(
    shape: ModelShape, dtype: WeightsDtype, tensor_parallel_size: int
) -> float:
    """What each of the GPUs holds: matrices are split, and keys and values are repeated where there
    are fewer KV heads than GPUs; MLA's down-projections, norms and routers are on each GPU whole.
    """
    split, whole = _weights(shape, dtype)
    repeated = quantised_bytes(_repeated_parameters(shape, tensor_parallel_size), dtype)
    return (split + repeated) / tensor_parallel_size + whole


def kv_bytes_per_token(shape: ModelShape, dtype: KVDtype, tensor_parallel_size: int = 1) -> int:
    """What a token adds on each GPU while it is within every window."""
    return shape.layers * _kv_bytes_per_layer(shape, dtype, tensor_parallel_size)


def kv_bytes_per_sequence(
    shape: ModelShape, dtype: KVDtype, tokens: int, tensor_parallel_size: int = 1
) -> int:
    """What a sequence of so many tokens holds on each GPU, in whole blocks."""
    per_layer = _kv_bytes_per_layer(shape, dtype, tensor_parallel_size)
    return per_layer * sum(_held(tokens, window) for window in shape.windows)


def _held(tokens: int, window: int | None) -> int:
    held = tokens if window is None else min(tokens, window + BLOCK_TOKENS)
    return -(-held // BLOCK_TOKENS) * BLOCK_TOKENS


def _kv_bytes_per_layer(shape: ModelShape, dtype: KVDtype, tensor_parallel_size: int) -> int:
    if shape.latent is not None:
        width = shape.latent.kv_lora_rank + shape.latent.qk_rope_head_dim
        return width * _KV_BYTES[dtype]
    heads = max(1, shape.kv_heads // tensor_parallel_size)
    return 2 * heads * shape.head_dim * _KV_BYTES[dtype]


def _weights(shape: ModelShape, dtype: WeightsDtype) -> tuple[float, float]:
    """Bytes that tensor parallelism splits, and bytes that every GPU holds."""
    rest_bytes = 4 if dtype is WeightsDtype.FP32 else 2
    norms = (shape.layers * shape.norms_per_layer + 1) * shape.hidden
    whole = (norms + shape.router_parameters) * rest_bytes
    low_rank = shape.layers * _down_projections(shape)
    quantised = shape.parameters - shape.embedding_parameters - norms - shape.router_parameters
    embeddings = shape.embedding_parameters * rest_bytes
    split = quantised_bytes(quantised - low_rank, dtype) + embeddings
    return split, whole + quantised_bytes(low_rank, dtype)


def _down_projections(shape: ModelShape) -> int:
    """MLA's, of one layer: every head needs the whole latent vector."""
    if shape.latent is None:
        return 0
    width = shape.latent.kv_lora_rank + shape.latent.qk_rope_head_dim
    return shape.hidden * (width + (shape.latent.q_lora_rank or 0))


def _repeated_parameters(shape: ModelShape, tensor_parallel_size: int) -> int:
    if shape.latent is not None or tensor_parallel_size <= shape.kv_heads:
        return 0
    extra_heads = tensor_parallel_size - shape.kv_heads
    return shape.layers * 2 * shape.hidden * shape.head_dim * extra_heads
