"""What is measured is what models.yaml says, on this machine, and nothing beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from throughput_cases import fingerprint

import router
from benchmarks.throughput.profiles import Profile, scenarios
from benchmarks.throughput.scenario import Kind, Layer
from hardware.gpu_table import load_gpus
from router.policy.load import load_rules
from router.registry.deployment import Bounds
from router.registry.load import load_registry
from router.registry.registry import VllmBackend
from serving.bench.throughput.configuration import write_configuration
from serving.bench.throughput.engine import arguments
from serving.bench.throughput.run import for_layers
from serving.bench.throughput.started import DidNotStart
from serving.bench.throughput.subject import NotMeasurable, gpu_name, served_key

MODELS = Path("models.yaml")
POLICY = Path(router.__file__).parent / "policy.yaml"
KEY = "smollm2-135m-private@1"


def test_a_cluster_of_the_benchmark_serves_that_model_alone_and_is_valid(tmp_path: Path) -> None:
    rules = load_rules(*write_configuration(tmp_path, MODELS, POLICY, KEY))

    (entry,) = rules.registry.entries.values()
    shipped = load_registry(MODELS).entries[KEY]
    assert entry.spec.key == KEY
    assert isinstance(shipped.backend, VllmBackend)
    assert entry.backend == replace(shipped.backend, bounds=Bounds(), replicas=1)


def test_the_engine_alone_gets_the_profiles_arguments() -> None:
    said = list(
        arguments(
            {
                "dtype": "float32",
                "enforce_eager": True,
                "enable_prefix_caching": False,
                "max_num_seqs": 16,
                "quantization": None,
                "override_generation_config": {"top_k": 1},
            }
        )
    )

    assert said == [
        *("--dtype", "float32"),
        "--enforce-eager",
        "--no-enable-prefix-caching",
        *("--max-num-seqs", "16"),
        *("--override-generation-config", '{"top_k": 1}'),
    ]


def test_a_layer_that_is_measured_alone_gets_all_scenarios() -> None:
    found = scenarios(Profile.STANDARD, 16, ())

    alone = list(for_layers(found, frozenset({Layer.GATEWAY})))
    both = list(for_layers(found, frozenset({Layer.ENGINE, Layer.GATEWAY})))

    assert all(one.layers == {Layer.GATEWAY} for one in alone)
    assert len(alone) == len(found)
    assert {one.layers for one in both if one.kind is Kind.OFFLINE} == {
        frozenset({Layer.ENGINE, Layer.GATEWAY})
    }


def test_the_first_engine_is_measured_where_nobody_names_one() -> None:
    registry = load_registry(MODELS)

    assert served_key(registry, None) == KEY
    assert served_key(registry, "smollm2-135m-fast") == "smollm2-135m-fast@1"


@pytest.mark.parametrize("name", ["gpt-5-mini", "nobody", "smollm2-135m-private@2"])
def test_what_no_engine_of_ours_serves_cannot_be_measured(name: str) -> None:
    with pytest.raises(NotMeasurable, match=KEY):
        served_key(load_registry(MODELS), name)


def test_a_cpu_is_filed_under_its_kind() -> None:
    name = gpu_name(fingerprint(), load_gpus())

    assert name.startswith("cpu")
    assert all(letter.isalnum() or letter in "-." for letter in name)


def test_what_did_not_start_says_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("a line\n" * 1_000 + "ValueError: no such device\n")

    assert str(DidNotStart("the engine", "it ended with 1", log)).endswith("no such device")
    assert "it ended with 1" in str(DidNotStart("the engine", "it ended with 1", tmp_path / "no"))
