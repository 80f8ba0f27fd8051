"""What fits a GPU: never without the concurrency that it then has, or else with a cure."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.capacity import (
    GIB,
    EngineLimits,
    Fit,
    Misfit,
    ServedModel,
    fit,
    visible_memory_bytes,
)
from hardware.capacity_bytes import (
    KVDtype,
    WeightsDtype,
    kv_bytes_per_sequence,
    kv_bytes_per_token,
    native_dtype,
    weights_bytes,
    weights_bytes_per_gpu,
)
from hardware.shape_config import load_shape, shipped_names
from hardware.specs import Confidence, Dtype, Figure, GPUSpec, Interconnect


def figure(value: float) -> Figure:
    return Figure(value, "a test", Confidence.DERIVED)


def gpu(name: str, memory_gb: float | None, bandwidth_gb_per_s: float = 3_350) -> GPUSpec:
    return GPUSpec(
        id=name,
        name=name,
        vendor="nvidia",
        architecture="hopper",
        memory_bytes=None if memory_gb is None else figure(memory_gb * 1e9),
        memory_bandwidth_bytes_per_s=figure(bandwidth_gb_per_s * 1e9),
        dense_flops_per_s={Dtype.BF16: figure(989e12), Dtype.FP8: figure(1979e12)},
        interconnect=Interconnect("nvlink", figure(900e9)),
        power_w=None,
        accelerator_type=None,
    )


H100, H200 = gpu("h100", 80), gpu("h200", 141, 4_800)


def served(
    name: str,
    weights: WeightsDtype = WeightsDtype.BF16,
    max_model_len: int = 4_096,
    kv: KVDtype = KVDtype.BF16,
    limits: EngineLimits | None = None,
) -> ServedModel:
    return ServedModel(load_shape(name), weights, kv, max_model_len, limits or EngineLimits())


def fitted(model: ServedModel, on: GPUSpec, tensor_parallel_size: int = 1) -> Fit:
    found = fit(model, on, tensor_parallel_size)
    assert isinstance(found, Fit), found
    return found


def misfitted(model: ServedModel, on: GPUSpec, tensor_parallel_size: int = 1) -> Misfit:
    found = fit(model, on, tensor_parallel_size)
    assert isinstance(found, Misfit), found
    return found


def test_the_known_case_70b_in_fp8_on_one_h100_and_one_h200() -> None:
    model = served("llama-3.1-70b", WeightsDtype.FP8)
    small, large = fitted(model, H100), fitted(model, H200)
    assert small.kv_tokens == pytest.approx(13_000, rel=0.03)
    assert large.kv_tokens == pytest.approx(192_000, rel=0.03)
    # It "fits" an H100, for three people.
    assert (small.concurrency, large.concurrency) == (3, 47)


@pytest.mark.parametrize(
    ("name", "kib"), [("llama-3.1-8b", 128), ("llama-3.1-70b", 320), ("mixtral-8x7b", 128)]
)
def test_kv_of_a_token_is_what_is_known(name: str, kib: int) -> None:
    assert kv_bytes_per_token(load_shape(name), KVDtype.BF16) == kib * 1024
    assert kv_bytes_per_token(load_shape(name), KVDtype.FP8) == kib * 512


def test_mla_caches_a_latent_vector_and_every_gpu_has_it_whole() -> None:
    shape = load_shape("deepseek-v3")
    assert kv_bytes_per_token(shape, KVDtype.BF16) == 61 * (512 + 64) * 2
    assert kv_bytes_per_token(shape, KVDtype.BF16, 8) == kv_bytes_per_token(shape, KVDtype.BF16)


def test_layers_with_a_window_stop_growing() -> None:
    shape = load_shape("gemma-3-27b")
    per_layer = kv_bytes_per_token(shape, KVDtype.BF16) // shape.layers
    long = kv_bytes_per_sequence(shape, KVDtype.BF16, 32_768)
    assert long == per_layer * (10 * 32_768 + 52 * (1_024 + 16))
    short = kv_bytes_per_sequence(shape, KVDtype.BF16, 512)
    assert short == 512 * kv_bytes_per_token(shape, KVDtype.BF16)


def test_kv_heads_are_repeated_beyond_their_number() -> None:
    shape = load_shape("llama-3.1-70b")
    assert kv_bytes_per_token(shape, KVDtype.BF16, 8) == 320 * 1024 // 8
    assert kv_bytes_per_token(shape, KVDtype.BF16, 16) == 320 * 1024 // 8
    split_8, split_16 = (weights_bytes_per_gpu(shape, WeightsDtype.BF16, n) for n in (8, 16))
    assert split_16 > split_8 / 2


def test_weights_are_as_large_as_published_checkpoints() -> None:
    # Llama-3.1-8B in BF16 has 16.06 GB of safetensors, 70B in FP8 72.7 GB.
    assert weights_bytes(load_shape("llama-3.1-8b"), WeightsDtype.BF16) == pytest.approx(
        16.06e9, 1e-3
    )
    assert weights_bytes(load_shape("llama-3.1-70b"), WeightsDtype.FP8) == pytest.approx(
        72.7e9, 2e-3
    )


def test_what_was_published_in_fewer_bits_is_planned_in_them() -> None:
    assert native_dtype(load_shape("deepseek-v3")) is WeightsDtype.FP8
    assert native_dtype(load_shape("gpt-oss-20b")) is WeightsDtype.FP4
    assert native_dtype(load_shape("llama-3.1-8b")) is WeightsDtype.BF16


def test_a_data_sheets_gb_are_gib_of_chips() -> None:
    visible = [visible_memory_bytes(each) for each in (H100, H200, gpu("l4", 24, 300))]
    assert [round(each / GIB, 1) for each in visible if each] == [79.2, 139.6, 22.1]
    assert visible_memory_bytes(gpu("new", None)) is None


def test_weights_that_are_too_large_say_so_with_a_cure() -> None:
    found = misfitted(served("llama-3.1-70b"), H100)
    assert "131.4 GiB" in found.problem
    assert "h100" in found.problem
    assert "more GPUs" in found.cure
    assert "--weights-dtype fp8" in found.cure


def test_a_context_that_is_too_long_says_how_long_it_may_be() -> None:
    model = served("llama-3.1-70b", WeightsDtype.FP8, max_model_len=131_072)
    found = misfitted(model, H100)
    most = re.search(r"at most ([\d,]+) tokens", found.cure)
    assert most is not None
    allowed = int(most[1].replace(",", "")) // 16 * 16
    shorter = served("llama-3.1-70b", WeightsDtype.FP8, max_model_len=allowed)
    assert fitted(shorter, H100).concurrency == 1


@pytest.mark.parametrize(
    ("name", "size", "said"),
    [("llama-3.1-8b", 3, "32 attention heads"), ("smollm2-135m", 9, "3 KV heads do not|MLP|fits")],
)
def test_heads_have_to_divide(name: str, size: int, said: str) -> None:
    found = fit(served(name), H100, size)
    assert isinstance(found, Fit) or re.search(said, found.problem)


def test_memory_that_is_not_known_is_not_guessed() -> None:
    assert "not known" in misfitted(served("smollm2-135m"), gpu("new", None)).problem


def test_a_context_beyond_the_model_is_refused() -> None:
    with pytest.raises(ValueError, match="a context of 1 to 8,192"):
        served("smollm2-135m", max_model_len=10_000)


@given(
    name=st.sampled_from(shipped_names()),
    weights=st.sampled_from(list(WeightsDtype)),
    kv=st.sampled_from(list(KVDtype)),
    size=st.sampled_from([1, 2, 4, 8, 16]),
    context=st.integers(1, 8_192),
    memory_gb=st.integers(8, 288),
)
def test_fits_means_that_somebody_is_served(
    name: str, weights: WeightsDtype, kv: KVDtype, size: int, context: int, memory_gb: int
) -> None:
    model = served(name, weights, context, kv)
    found = fit(model, gpu("x", memory_gb), size)
    if isinstance(found, Misfit):
        assert found.problem
        assert found.cure
        return
    assert 1 <= found.concurrency <= model.limits.max_num_seqs
    assert found.kv_tokens >= context * found.concurrency
    used = found.weights_bytes + found.reserve_bytes + found.kv_bytes
    assert used == pytest.approx(found.budget_bytes)
    assert found.budget_bytes < found.visible_bytes
    one = kv_bytes_per_sequence(model.shape, kv, context, size)
    assert found.concurrency * one <= found.kv_bytes


@given(name=st.sampled_from(shipped_names()), weights=st.sampled_from(list(WeightsDtype)))
def test_splitting_never_makes_a_gpu_hold_more_and_never_loses_weights(
    name: str, weights: WeightsDtype
) -> None:
    shape = load_shape(name)
    whole = weights_bytes(shape, weights)
    shares = [weights_bytes_per_gpu(shape, weights, size) for size in (1, 2, 4, 8)]
    assert shares[0] == pytest.approx(whole)
    assert shares == sorted(shares, reverse=True)
    assert all(
        share * size >= whole * 0.999 for share, size in zip(shares, (1, 2, 4, 8), strict=True)
    )


def test_memory_that_was_measured_is_all_there() -> None:
    said = Figure(24e9, "what the system has", Confidence.MEASURED)
    assert visible_memory_bytes(replace(gpu("cpu", 24), memory_bytes=said)) == 24e9


def test_a_cache_of_a_size_that_the_engine_was_told_is_no_larger() -> None:
    model = served("llama-3.1-8b")
    told = fit(model, H100, 1, 2 * GIB)
    assert isinstance(told, Fit)
    assert told.kv_bytes == 2 * GIB
    assert told.kv_tokens == 2 * GIB // kv_bytes_per_token(model.shape, model.kv_dtype)
    none = fit(model, H100, 1, 0.1 * GIB)
    assert isinstance(none, Misfit)
    assert "hold no sequence" in none.problem
    assert fit(model, H100, 1, 10**15) == fitted(model, H100)
