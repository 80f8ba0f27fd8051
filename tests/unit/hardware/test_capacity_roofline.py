"""Predicted speeds against what is known, and the efficiencies that were used always said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.capacity import ServedModel
from hardware.capacity_bytes import KVDtype, WeightsDtype
from hardware.roofline import IDEAL, PRIORS, Roofline, UnknownRate, roofline
from hardware.shape_config import load_shape
from hardware.specs import Confidence, Dtype, Figure, GPUSpec, Interconnect


def figure(value: float) -> Figure:
    return Figure(value, "a test", Confidence.DERIVED)


def gpu(bandwidth_tb_per_s: float, link: Interconnect | None = None) -> GPUSpec:
    return GPUSpec(
        id="card",
        name="card",
        vendor="nvidia",
        architecture="hopper",
        memory_bytes=figure(80e9),
        memory_bandwidth_bytes_per_s=figure(bandwidth_tb_per_s * 1e12),
        dense_flops_per_s={Dtype.BF16: figure(989e12), Dtype.FP8: figure(1979e12)},
        interconnect=link,
        power_w=None,
        accelerator_type=None,
    )


NVLINK, PCIE = Interconnect("nvlink", figure(900e9)), Interconnect("pcie", figure(64e9))
H100 = gpu(3.35, NVLINK)


def model(name: str = "llama-3.1-8b", weights: WeightsDtype = WeightsDtype.BF16) -> ServedModel:
    return ServedModel(load_shape(name), weights, KVDtype.BF16, 8_192)


@pytest.mark.parametrize(("bandwidth", "tokens_per_s"), [(3.35, 209), (4.8, 299)])
def test_the_anchors_8b_in_bf16_at_batch_1(bandwidth: float, tokens_per_s: float) -> None:
    steps = roofline(model(), gpu(bandwidth), 1, IDEAL)
    assert 1 / steps.step_s(1, 0.0) == pytest.approx(tokens_per_s, rel=0.005)


def test_prefill_is_bound_by_arithmetic_and_reaches_the_share_that_is_said() -> None:
    tokens = 8_192
    took_s = roofline(model(), H100, 1).step_s(0, 0.0, tokens, tokens * tokens / 2, 1)
    flops = 2 * load_shape("llama-3.1-8b").multiplied_parameters * tokens
    assert flops / took_s / 989e12 == pytest.approx(PRIORS.prefill_mfu, rel=0.15)


def test_a_batch_shares_the_reading_of_weights() -> None:
    steps = roofline(model(), H100, 1)
    assert steps.step_s(64, 64.0) < 1.1 * steps.step_s(1, 1.0)
    assert steps.step_s(64, 64 * 8_000.0) > 4 * steps.step_s(64, 64.0)


def test_few_tokens_touch_few_experts() -> None:
    steps = roofline(model("qwen3-30b-a3b"), H100, 1)
    alone, many = steps.step_s(1, 0.0), steps.step_s(128, 0.0)
    assert many > 5 * alone
    assert roofline(model("qwen3-32b"), H100, 1).step_s(1, 0.0) > 5 * alone


def test_a_window_bounds_what_long_contexts_cost() -> None:
    gemma = model("gemma-3-27b")
    unbounded = replace(gemma, shape=replace(gemma.shape, windows=(None,) * gemma.shape.layers))

    def grows_s(served: ServedModel) -> float:
        steps = roofline(served, H100, 1)
        return steps.step_s(8, 8 * 8_000.0) - steps.step_s(8, 8 * 2_000.0)

    # Beyond the window of 1,024 tokens, 10 of 62 layers go on reading more.
    assert grows_s(gemma) == pytest.approx(grows_s(unbounded) * 10 / 62)


@pytest.mark.parametrize("link", [NVLINK, PCIE])
def test_splitting_costs_what_the_link_makes_it_cost(link: Interconnect) -> None:
    one, two = (roofline(model(), gpu(3.35, link), size) for size in (1, 2))
    assert one.step_s(1, 0.0) / 2 < two.step_s(1, 0.0) < one.step_s(1, 0.0)


def test_prefill_over_a_slow_link_is_slower() -> None:
    fast, slow = (roofline(model(), gpu(3.35, link), 2) for link in (NVLINK, PCIE))
    assert slow.step_s(0, 0.0, 2_048) > 1.2 * fast.step_s(0, 0.0, 2_048)


def test_a_bridge_joins_two() -> None:
    bridge = Interconnect("nvlink-bridge", figure(600e9))
    bridged, nvlink = (
        roofline(model(), gpu(3.35, Interconnect(kind, figure(600e9))), 4).link_s_per_token
        for kind in ("nvlink-bridge", "nvlink")
    )
    assert bridged == pytest.approx(nvlink * 600 / 64)
    assert roofline(model(), gpu(3.35, bridge), 2).link_s_per_token < nvlink


def test_what_is_not_known_is_not_guessed() -> None:
    with pytest.raises(UnknownRate, match="how fast GPUs of type card are connected"):
        roofline(model(), gpu(3.35), 2)
    with pytest.raises(UnknownRate, match="in fp32 is not known; known is bf16, fp8"):
        roofline(model(weights=WeightsDtype.FP32), H100, 1)


def test_priors_say_what_they_are() -> None:
    assert not PRIORS.is_measured
    assert "priors" in PRIORS.source


@given(
    sequences=st.integers(1, 512),
    context=st.integers(1, 8_192),
    more=st.integers(1, 4_096),
    name=st.sampled_from(["llama-3.1-8b", "mixtral-8x7b", "gemma-3-27b", "deepseek-v3"]),
)
def test_more_work_never_takes_less_time(
    sequences: int, context: int, more: int, name: str
) -> None:
    steps: Roofline = roofline(model(name), H100, 1)
    tokens = float(sequences * context)
    took_s = steps.step_s(sequences, tokens)
    assert 0 < took_s <= steps.step_s(sequences, tokens + more)
    assert took_s <= steps.step_s(sequences + more, tokens + more)
    assert took_s <= steps.step_s(sequences, tokens, more, more * more / 2, 1)
