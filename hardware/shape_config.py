"""config.json of a Hugging Face model → ModelShape, for the architectures that are known."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from hardware.shape import Experts, LatentAttention, ModelShape

Config: TypeAlias = Mapping[str, Any]

SHIPPED = Path(__file__).parent / "shapes"


class UnknownShape(ValueError):
    """No geometry can be told; the message names what is missing, and what to do."""


@dataclass(frozen=True, slots=True)
class _Family:
    """What config.json leaves to the code of an architecture."""

    norms_per_layer: int = 2
    has_qk_norm: bool = False
    has_qkv_bias: bool = False
    has_output_bias: bool = False
    has_sinks: bool = False
    biased_experts: bool = False
    window_pattern: int = 1
    """Every so many layers one sees everything; 1: where there is a window, all have it."""

    window_switch: bool = False
    """Whether a window counts only with `use_sliding_window`."""


_FAMILIES: Mapping[str, _Family] = {
    "llama": _Family(),
    "mistral": _Family(),
    "mixtral": _Family(),
    "qwen2": _Family(has_qkv_bias=True, window_switch=True),
    "qwen3": _Family(has_qk_norm=True, window_switch=True),
    "qwen3_moe": _Family(has_qk_norm=True, window_switch=True),
    "deepseek_v3": _Family(),
    "gemma3_text": _Family(norms_per_layer=4, has_qk_norm=True, window_pattern=6),
    "gpt_oss": _Family(
        has_qkv_bias=True,
        has_output_bias=True,
        has_sinks=True,
        biased_experts=True,
        window_pattern=2,
    ),
}
# Architectures that put the language model's geometry into `text_config`.
_WITH_VISION: Mapping[str, str] = {"gemma3": "gemma3_text"}
_TOTAL_EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts")
_ACTIVE_EXPERTS = ("num_experts_per_tok", "experts_per_token")
_UNQUANTISED = "bfloat16"
_MOST_LAYERS = 10_000


def shape_of(config: Config, name: str) -> ModelShape:
    """The geometry that a config.json says. Raises UnknownShape."""
    outer = config
    model_type = _text(config, "model_type", name)
    if model_type in _WITH_VISION and isinstance(config.get("text_config"), Mapping):
        config, model_type = config["text_config"], _WITH_VISION[model_type]
    family = _FAMILIES.get(model_type)
    if family is None:
        raise UnknownShape(
            f"{name}: how a model of type {model_type!r} is built is not known; give one of "
            f"{', '.join(sorted({*_FAMILIES, *_WITH_VISION}))}"
        )
    layers = _count(config, "num_hidden_layers", name)
    if layers > _MOST_LAYERS:
        raise UnknownShape(f"{name}: no model has {layers} layers; see `num_hidden_layers`")
    hidden = _count(config, "hidden_size", name)
    heads = _count(config, "num_attention_heads", name)
    latent = _latent(config, name)
    if latent is None and not config.get("head_dim") and hidden % heads:
        raise UnknownShape(
            f"{name}: `head_dim` is missing, and {heads} heads do not share {hidden}"
        )
    kv_heads = heads if latent else _count(config, "num_key_value_heads", name, default=heads)
    if kv_heads > heads or heads % kv_heads:
        raise UnknownShape(
            f"{name}: {kv_heads} key-value heads do not serve {heads} heads; see whether this is "
            "the config.json that was published"
        )
    experts = _experts(config, layers, family, name)
    return ModelShape(
        name=name,
        model_type=model_type,
        layers=layers,
        hidden=hidden,
        intermediate=_count(config, "intermediate_size", name),
        heads=heads,
        kv_heads=kv_heads,
        head_dim=_count(config, "head_dim", name, default=max(1, hidden // heads)),
        vocab=_count(config, "vocab_size", name),
        # What is left out of a config.json is the architecture's default, and Gemma's is to tie.
        tied_embeddings=bool(config.get("tie_word_embeddings", model_type == "gemma3_text")),
        max_context_tokens=_count(config, "max_position_embeddings", name),
        dtype=_dtype(outer, config),
        windows=_windows(config, layers, family, name),
        experts=experts,
        latent=latent,
        norms_per_layer=family.norms_per_layer,
        has_qk_norm=family.has_qk_norm,
        has_qkv_bias=family.has_qkv_bias,
        has_output_bias=family.has_output_bias,
        has_sinks=family.has_sinks,
    )


def shipped_names() -> list[str]:
    """The models whose geometry comes with Ringfence. Reads a folder of this package."""
    return sorted(path.stem for path in SHIPPED.glob("*.json"))


def load_shape(name: str) -> ModelShape:
    """The geometry of a model that is shipped, or of a config.json, or of a folder with one.

    Reads one file. Raises UnknownShape for what is none of them.
    """
    path = Path(name)
    if name in shipped_names():
        return shape_of(_read(SHIPPED / f"{name}.json")["config"], name)
    if path.is_dir():
        path /= "config.json"
    if not path.is_file():
        raise UnknownShape(
            f"{name} is neither a config.json nor a model that is shipped; give the path of a "
            f"config.json, or one of {', '.join(shipped_names())}"
        )
    return shape_of(_read(path), path.resolve().parent.name)


def _read(path: Path) -> Config:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnknownShape(
            f"{path} cannot be read as JSON ({type(error).__name__}); give a model's config.json"
        ) from None
    if not isinstance(read, dict):
        raise UnknownShape(f"{path} is not an object; give a model's config.json")
    return read


def _experts(config: Config, layers: int, family: _Family, name: str) -> Experts | None:
    total = next((config[key] for key in _TOTAL_EXPERTS if config.get(key)), None)
    if total is None:
        return None
    total = _whole(total, "the number of experts", name)
    key = next((key for key in _ACTIVE_EXPERTS if config.get(key)), _ACTIVE_EXPERTS[0])
    active = _count(config, key, name)
    if active > total:
        raise UnknownShape(f"{name}: {active} of {total} experts cannot be active")
    first = _count(config, "first_k_dense_replace", name, default=0, least=0)
    every = _count(config, "moe_layer_freq", name, default=1)  # DeepSeek counts layers from 0
    step = _count(config, "decoder_sparse_step", name, default=1)  # Qwen from 1
    dense = config.get("mlp_only_layers") or []
    if not isinstance(dense, list):
        raise UnknownShape(f"{name}: `mlp_only_layers` is not a list of layers")
    sparse = [
        n for n in range(first, layers) if n % every == 0 and (n + 1) % step == 0 and n not in dense
    ]
    return Experts(
        layers=len(sparse),
        total=total,
        active=active,
        shared=_count(config, "n_shared_experts", name, default=0, least=0),
        intermediate=_count(
            config, "moe_intermediate_size", name, default=config.get("intermediate_size")
        ),
        have_biases=family.biased_experts,
    )


def _latent(config: Config, name: str) -> LatentAttention | None:
    if not config.get("kv_lora_rank"):
        return None
    q_rank = config.get("q_lora_rank")
    return LatentAttention(
        kv_lora_rank=_count(config, "kv_lora_rank", name),
        qk_rope_head_dim=_count(config, "qk_rope_head_dim", name),
        qk_nope_head_dim=_count(config, "qk_nope_head_dim", name),
        v_head_dim=_count(config, "v_head_dim", name),
        q_lora_rank=None if q_rank is None else _whole(q_rank, "`q_lora_rank`", name),
    )


def _windows(config: Config, layers: int, family: _Family, name: str) -> tuple[int | None, ...]:
    window = config.get("sliding_window")
    if window is None or (family.window_switch and not config.get("use_sliding_window")):
        return (None,) * layers
    window = _whole(window, "`sliding_window`", name)
    kinds = config.get("layer_types")
    if isinstance(kinds, Sequence) and not isinstance(kinds, str):
        if len(kinds) != layers:
            raise UnknownShape(f"{name}: `layer_types` names {len(kinds)} of {layers} layers")
        return tuple(window if kind == "sliding_attention" else None for kind in kinds)
    every = _count(config, "sliding_window_pattern", name, default=family.window_pattern)
    if every == 1:
        return (window,) * layers
    return tuple(None if (n + 1) % every == 0 else window for n in range(layers))


def _dtype(*configs: Config) -> str:
    """The quantisation, where there is one, before the type that the rest is in."""
    for config in configs:
        quantised = config.get("quantization_config")
        if isinstance(quantised, Mapping) and isinstance(quantised.get("quant_method"), str):
            return str(quantised["quant_method"])
    for config in configs:
        for key in ("torch_dtype", "dtype"):
            if isinstance(config.get(key), str):
                return str(config[key])
    return _UNQUANTISED


def _text(config: Config, key: str, name: str) -> str:
    value = config.get(key)
    if not isinstance(value, str):
        raise UnknownShape(f"{name}: `{key}` is missing; give the config.json that was published")
    return value


def _count(
    config: Config, key: str, name: str, *, default: int | None = None, least: int = 1
) -> int:
    value = config.get(key)
    if value is None:
        value = default
    if value is None:
        raise UnknownShape(f"{name}: `{key}` is missing; give the config.json that was published")
    return _whole(value, f"`{key}`", name, least)


def _whole(value: object, what: str, name: str, least: int = 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise UnknownShape(f"{name}: {what} is not a whole number of at least {least}")
    return value
