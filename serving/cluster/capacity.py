"""What one replica of an engine holds, as far as it follows from its files and its GPU."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hardware.accelerator import Accelerator
from hardware.capacity import EngineLimits, Misfit, ServedModel, fit
from hardware.capacity_bytes import KVDtype, WeightsDtype, native_dtype
from hardware.gpu_table import load_gpus
from hardware.shape import ModelShape
from hardware.shape_config import load_shape
from hardware.specs import GPUSpec
from router.domain import Json, JsonObject
from router.registry.registry import VllmBackend
from serving.cluster.nodes import Node
from serving.weights import WeightsError
from serving.weights.location import locate

_WEIGHTS = {
    "float32": WeightsDtype.FP32,
    "float": WeightsDtype.FP32,
    "bfloat16": WeightsDtype.BF16,
    "float16": WeightsDtype.FP16,
    "half": WeightsDtype.FP16,
}


@dataclass(frozen=True, slots=True)
class Capacity:
    """Of one replica. `concurrency` are whole sequences of its longest context. `unknown` says why
    the two are None.
    """

    kv_tokens: int | None = None
    concurrency: int | None = None
    unknown: str | None = None

    def as_json(self) -> JsonObject:
        return {
            "kv_tokens": self.kv_tokens,
            "max_concurrency": self.concurrency,
            "unknown": self.unknown,
        }


def capacity_of(backend: VllmBackend, accelerator: Accelerator, nodes: Iterable[Node]) -> Capacity:
    """Reads the model's config.json and the table of GPUs; `hardware.capacity` has the formulas."""
    if accelerator == "cpu":
        return Capacity(unknown="on a CPU the engine's log says what it has of a KV cache")
    try:
        path = locate(backend, convert=False).path
        shape = load_shape(str(path))
        model = _served(shape, backend.profiles[accelerator].engine)
        gpu = _gpu(backend, nodes)
    except (WeightsError, ValueError) as error:
        return Capacity(unknown=str(error))
    found = fit(model, gpu, backend.placement.tensor_parallel)
    if isinstance(found, Misfit):
        return Capacity(unknown=f"it would not fit a {gpu.id}: {found.problem}")
    return Capacity(found.kv_tokens, found.concurrency)


def _served(shape: ModelShape, engine: Mapping[str, Json]) -> ServedModel:
    """The engine's arguments have vLLM's names and, where one is not there, its defaults."""
    defaults = EngineLimits()
    limits = EngineLimits(
        float(_number(engine, "gpu_memory_utilization", defaults.gpu_memory_utilization)),
        int(_number(engine, "max_num_batched_tokens", defaults.max_num_batched_tokens)),
        int(_number(engine, "max_num_seqs", defaults.max_num_seqs)),
    )
    weights = _WEIGHTS.get(str(engine.get("dtype")))
    if str(engine.get("quantization", "")).startswith("fp8"):
        weights = WeightsDtype.FP8
    kv = KVDtype.FP8 if str(engine.get("kv_cache_dtype", "")).startswith("fp8") else KVDtype.BF16
    longest = int(_number(engine, "max_model_len", shape.max_context_tokens))
    return ServedModel(shape, weights or native_dtype(shape), kv, longest, limits)


def _number(engine: Mapping[str, Json], name: str, default: float) -> float:
    value = engine.get(name)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else default


def _gpu(backend: VllmBackend, nodes: Iterable[Node]) -> GPUSpec:
    """The card that a replica gets; where Ray has one name for several, the smallest of them."""
    named = backend.placement.accelerator_type
    names = {named} if named else {node.accelerator_type for node in nodes} - {None}
    if len(names) != 1:
        listed = ", ".join(sorted(name for name in names if name)) or "none that Ray names"
        raise ValueError(f"its GPU may be one of several: {listed}")
    (name,) = names
    # Ray tells sizes apart by an ending, such as A100-80G.
    family = {name, str(name).partition("-")[0]}
    cards = [spec for spec in load_gpus().specs.values() if spec.accelerator_type in family]
    cards = [card for card in cards if card.memory_bytes is not None]
    if not cards:
        raise ValueError(f"the table of GPUs has none that Ray calls {name}")
    return min(cards, key=lambda card: card.memory_bytes.value if card.memory_bytes else 0.0)
