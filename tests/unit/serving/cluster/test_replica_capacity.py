"""What a replica holds is computed from its files and its GPU, or said to be unknown, with why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hardware.shape_config import SHIPPED
from router.registry.deployment import Placement
from router.registry.registry import EngineProfile, VllmBackend, WeightsDirectory
from serving.cluster.capacity import capacity_of
from serving.cluster.nodes import Node

H100 = Node("n", {"GPU": 8.0, "accelerator_type:H100": 1.0}, {})
L4 = Node("n", {"GPU": 8.0, "accelerator_type:L4": 1.0}, {})


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """The geometry of Llama-3.1-8B, and nothing else of it."""
    config = json.loads((SHIPPED / "llama-3.1-8b.json").read_text())["config"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    return tmp_path


def backend(path: Path, placement: Placement | None = None, **engine: Any) -> VllmBackend:
    profiles = {"cuda": EngineProfile({"max_model_len": 8_192, **engine}, 1.0, 1.0, {})}
    return VllmBackend(WeightsDirectory(path), 1, 8, profiles, placement=placement or Placement())  # type: ignore[arg-type]


def test_a_model_that_fits_holds_so_many_tokens(weights: Path) -> None:
    found = capacity_of(backend(weights), "cuda", [H100])
    assert found.unknown is None
    # 73 GiB that the engine may use, 15 of weights, and 128 KiB a token.
    assert found.kv_tokens == pytest.approx(466_000, rel=0.02)
    assert found.concurrency == pytest.approx((found.kv_tokens or 0) // 8_192, abs=1)


def test_the_engines_arguments_count(weights: Path) -> None:
    full = capacity_of(backend(weights), "cuda", [H100])
    for engine in ({"gpu_memory_utilization": 0.5}, {"max_num_seqs": 4}, {"dtype": "float32"}):
        found = capacity_of(backend(weights, **engine), "cuda", [H100])
        assert (found.concurrency or 0) < (full.concurrency or 0)
    fp8 = capacity_of(backend(weights, kv_cache_dtype="fp8"), "cuda", [H100])
    assert (fp8.kv_tokens or 0) == pytest.approx(2 * (full.kv_tokens or 0), rel=0.01)


def test_more_gpus_hold_more(weights: Path) -> None:
    one = capacity_of(backend(weights), "cuda", [H100])
    four = capacity_of(backend(weights, Placement(tensor_parallel=4)), "cuda", [H100])
    assert (four.kv_tokens or 0) > 4 * (one.kv_tokens or 0)


@pytest.mark.parametrize(
    ("nodes", "placement", "says"),
    [
        ([], None, "none that Ray names"),
        ([H100, L4], None, "H100, L4"),
        ([L4], None, "it would not fit"),
        ([H100], Placement("GB300"), "none that Ray calls GB300"),
    ],
)
def test_what_cannot_be_said_is_unknown_with_its_reason(
    weights: Path, nodes: list[Node], placement: Placement | None, says: str
) -> None:
    found = capacity_of(backend(weights, placement, max_model_len=131_072), "cuda", nodes)
    assert (found.kv_tokens, found.concurrency) == (None, None)
    assert says in (found.unknown or "")


def test_on_a_cpu_and_without_files_it_is_unknown(weights: Path, tmp_path: Path) -> None:
    assert "CPU" in (capacity_of(backend(weights), "cpu", []).unknown or "")
    nothing = backend(tmp_path / "nowhere")
    assert "config.json" in (capacity_of(nothing, "cuda", [H100]).unknown or "")
