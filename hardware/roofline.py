"""How fast a step can be: what it computes, what it reads, and what GPUs tell each other.

    matrices    the longer of   2 · parameters multiplied · tokens / (TP · peak · mfu)
                and             weights of a GPU / (bandwidth · mbu)
    attention   the longer of   4 · heads · head_dim · layers · pairs / (TP · 16-bit peak · mfu),
                                pairs being (token, token that it sees)
                and             KV cache read by a GPU / (bandwidth · mbu)
    experts     of E experts of which a token uses k, B tokens read E · (1 - (1 - k/E)^B)
    collectives 2 all-reduces a layer: 2·(TP-1)/TP · tokens · hidden · 2 bytes over one direction of
                the link, and a latency each
    step        matrices + attention + collectives

With efficiencies of 1 this is the roofline itself: Llama-3.1-8B in BF16 at batch 1 makes 209 tokens
a second on an H100 and 299 on an H200. All weights are read in a step, as is custom, the input
embedding with them. A prediction is as good as its Calibration, which therefore goes with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from hardware.capacity import ServedModel
from hardware.capacity_bytes import (
    WeightsDtype,
    kv_bytes_per_token,
    quantised_bytes,
    weights_bytes_per_gpu,
)
from hardware.shape import ModelShape
from hardware.specs import Dtype, GPUSpec

# What weights are multiplied in, best first: 4-bit ones without units of their own are unpacked.
_MULTIPLIED_IN: Mapping[WeightsDtype, tuple[Dtype, ...]] = {
    WeightsDtype.FP32: (Dtype.FP32,),
    WeightsDtype.BF16: (Dtype.BF16,),
    WeightsDtype.FP16: (Dtype.FP16, Dtype.BF16),
    WeightsDtype.FP8: (Dtype.FP8, Dtype.BF16, Dtype.FP16),
    WeightsDtype.INT8: (Dtype.INT8, Dtype.BF16, Dtype.FP16),
    WeightsDtype.INT4: (Dtype.BF16, Dtype.FP16),
    WeightsDtype.FP4: (Dtype.FP4, Dtype.BF16, Dtype.FP16),
}
# A bridge joins two cards; what is beyond it goes through 16 lanes of PCIe, generation 4 at least.
_BRIDGE, _BRIDGED_GPUS, _PCIE_BYTES_PER_S = "nvlink-bridge", 2, 64e9
_ATTENTION_IN = (Dtype.BF16, Dtype.FP16, Dtype.FP32)


class UnknownRate(ValueError):
    """A figure that a prediction needs is not in the table."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Which share of its paper figures a GPU type reaches, and who says so."""

    prefill_mfu: float
    decode_mbu: float
    link_efficiency: float
    all_reduce_latency_s: float
    is_measured: bool
    source: str

    def __post_init__(self) -> None:
        if not all(0 < share <= 1 for share in (self.prefill_mfu, self.decode_mbu)):
            raise ValueError("efficiencies are shares of a peak: above 0, and 1 at most")


PRIORS = Calibration(
    prefill_mfu=0.50,
    decode_mbu=0.66,
    link_efficiency=0.7,
    all_reduce_latency_s=10e-6,
    is_measured=False,
    source="priors: 46 to 54% of the FP8 peak in prefill and about 66% of bandwidth in decode,"
    " as others report",
)
IDEAL = Calibration(1.0, 1.0, 1.0, 0.0, is_measured=False, source="the roofline itself")


@dataclass(frozen=True, slots=True)
class Roofline:
    """A StepModel. Every field is of one GPU of the replica."""

    calibration: Calibration
    weights_flops_per_token: float
    weights_flops_per_s: float
    attention_flops_per_pair: float
    attention_flops_per_s: float
    dense_bytes: float
    expert_bytes: float
    expert_share: float
    kv_bytes_per_token: float
    bytes_per_s: float
    link_s_per_token: float
    link_s_per_step: float
    unbounded_share: float = 1.0
    """Which share of the layers sees everything."""

    windows: tuple[tuple[int, float], ...] = ()
    """The other layers: windows, and which share has each."""

    def step_s(
        self,
        sequences: int,
        context_tokens: float,
        prefill_tokens: int = 0,
        prefill_pairs: float = 0.0,
        prompts: int = 0,
    ) -> float:
        """Seconds, as `StepModel` says. Head and body of the model are not told apart."""
        tokens = sequences + prefill_tokens
        read = self._seen(context_tokens, sequences)
        pairs = read + self._seen(prefill_pairs, prefill_tokens)
        touched = 1 - (1 - self.expert_share) ** tokens
        matrices_s = max(
            tokens * self.weights_flops_per_token / self.weights_flops_per_s,
            (self.dense_bytes + self.expert_bytes * touched) / self.bytes_per_s,
        )
        # A chunk of a prompt reads its own cache through on-chip memory, hardly more than once.
        attention_s = max(
            pairs * self.attention_flops_per_pair / self.attention_flops_per_s,
            read * self.kv_bytes_per_token / self.bytes_per_s,
        )
        return matrices_s + attention_s + tokens * self.link_s_per_token + self.link_s_per_step

    def _seen(self, tokens: float, queries: int) -> float:
        """What `queries` see of `tokens` together, as an average over layers."""
        if not self.windows or not queries:
            return tokens
        mean = tokens / queries
        within = sum(share * min(mean, window) for window, share in self.windows)
        return queries * (self.unbounded_share * mean + within)


def roofline(
    model: ServedModel,
    gpu: GPUSpec,
    tensor_parallel_size: int,
    calibration: Calibration = PRIORS,
) -> Roofline:
    """How fast a replica's steps are. Raises UnknownRate where the table lacks a figure."""
    shape, size = model.shape, tensor_parallel_size
    bandwidth = gpu.memory_bandwidth_bytes_per_s
    if bandwidth is None:
        raise UnknownRate(f"the memory bandwidth of {gpu.id} is not known")
    weights = weights_bytes_per_gpu(shape, model.weights_dtype, size)
    experts = quantised_bytes(shape.expert_parameters, model.weights_dtype) / size
    link_s_per_token, link_s_per_step = _collectives(shape, gpu, size, calibration)
    mfu = calibration.prefill_mfu
    return Roofline(
        calibration=calibration,
        weights_flops_per_token=2 * shape.multiplied_parameters / size,
        weights_flops_per_s=_peak(gpu, _MULTIPLIED_IN[model.weights_dtype]) * mfu,
        attention_flops_per_pair=_attention_flops_per_pair(shape) / size,
        attention_flops_per_s=_peak(gpu, _ATTENTION_IN) * mfu,
        dense_bytes=weights - experts,
        expert_bytes=experts,
        expert_share=0.0 if shape.experts is None else shape.experts.active / shape.experts.total,
        kv_bytes_per_token=kv_bytes_per_token(shape, model.kv_dtype, size),
        bytes_per_s=bandwidth.value * calibration.decode_mbu,
        link_s_per_token=link_s_per_token,
        link_s_per_step=link_s_per_step,
        unbounded_share=shape.windows.count(None) / shape.layers,
        windows=tuple(
            (window, count / shape.layers)
            for window, count in Counter(shape.windows).items()
            if window is not None
        ),
    )


def _peak(gpu: GPUSpec, dtypes: tuple[Dtype, ...]) -> float:
    for dtype in dtypes:
        if dtype in gpu.dense_flops_per_s:
            return gpu.dense_flops_per_s[dtype].value
    known = ", ".join(gpu.dense_flops_per_s) or "nothing"
    raise UnknownRate(
        f"what {gpu.id} computes a second in {' or '.join(dtypes)} is not known; known is {known}"
    )


def _attention_flops_per_pair(shape: ModelShape) -> float:
    """Scores and their weighted sum: two multiplications and additions a head and dimension."""
    if shape.latent is None:
        return 4.0 * shape.heads * shape.head_dim * shape.layers
    latent = shape.latent
    width = latent.qk_nope_head_dim + latent.qk_rope_head_dim + latent.v_head_dim
    return 2.0 * shape.heads * width * shape.layers


def _collectives(
    shape: ModelShape, gpu: GPUSpec, tensor_parallel_size: int, calibration: Calibration
) -> tuple[float, float]:
    """Seconds a token and seconds a step."""
    if tensor_parallel_size == 1:
        return 0.0, 0.0
    link = gpu.interconnect
    if link is None or link.bytes_per_s is None:
        raise UnknownRate(f"how fast GPUs of type {gpu.id} are connected is not known")
    both_ways = link.bytes_per_s.value
    if link.kind == _BRIDGE and tensor_parallel_size > _BRIDGED_GPUS:
        both_ways = min(both_ways, _PCIE_BYTES_PER_S)
    moved = 2 * (tensor_parallel_size - 1) / tensor_parallel_size * shape.hidden * 2
    one_way = both_ways / 2 * calibration.link_efficiency
    reductions = 2 * shape.layers
    return reductions * moved / one_way, reductions * calibration.all_reduce_latency_s
