"""`plan --measured RECORD`: a CPU is planned with as a GPU is, by what was measured of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from click.testing import Result
from planned_machine import SLOTS, machine_record, machine_runs, peaks
from typer.testing import CliRunner

from benchmarks.throughput.profiles import Profile
from benchmarks.throughput.record import Run, save
from hardware.fingerprint import EngineFacts, Fingerprint
from hardware.gpu_table import load_gpus
from hardware.probe import probe
from serving.bench.throughput.subject import gpu_name
from serving.cli.plan import plan

app = typer.Typer()
app.command("plan")(plan)

ASKED = {
    "--model": "smollm2-135m",
    "--weights-dtype": "fp32",
    "--kv-dtype": "fp32",
    "--rps": "2",
    "--isl": "128",
    "--osl": "128",
    "--p95-ttft-ms": "2000",
    "--max-model-len": "2048",
    "--length-cv": "0",
}
ENGINE = {
    "dtype": "float32",
    "max_num_seqs": SLOTS,
    "env VLLM_CPU_KVCACHE_SPACE": "1",
}
CPU = "cpu-a-kind"


def planned(path: Path, *more: str, **changed: str) -> Result:
    asked = ASKED | {f"--{key.replace('_', '-')}": value for key, value in changed.items()}
    words = [word for pair in asked.items() for word in pair]
    given = [*words, "--measured", str(path), *more]
    return CliRunner().invoke(app, given, env={"COLUMNS": "200"})


def machine(**facts: object) -> Fingerprint:
    """This machine, which has memory, with the engine as it was measured."""
    return probe(EngineFacts("sha256:" + "a" * 64, {**ENGINE, **facts}), packages=())


@pytest.fixture(autouse=True)
def on_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever these tests run on."""
    monkeypatch.setenv("RINGFENCE_ACCELERATOR", "cpu")


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    return machine_runs()


@pytest.fixture
def stored(runs: list[Run], tmp_path: Path) -> Callable[..., Path]:
    def store(**around: object) -> Path:
        facts = {"gpu": CPU, "peaks": peaks(), "fingerprint": machine(), **around}
        return save(machine_record(runs, **facts), tmp_path)

    return store


def test_a_cpu_is_planned_with_by_its_record(stored: Callable[..., Path]) -> None:
    made = planned(stored(), "--gpu", CPU, "--json")
    assert made.exit_code == 0, made.output
    said = json.loads(made.stdout)
    (option,) = said["options"]
    assert option["gpu"] == CPU
    assert option["predicted_from"] == "measured"
    assert option["calibration"]["max_num_seqs"] == SLOTS
    assert option["replicas"]["rest"] == option["gpus"] >= 1
    assert option["rest"]["ttft_s"]["p95"] <= 2.0
    assert said["warnings"] == []


def test_the_plan_says_how_well_the_record_predicts_what_was_held_out(
    stored: Callable[..., Path],
) -> None:
    made = planned(stored(), "--gpu", CPU)
    assert "4 held out were predicted within" in made.stdout
    assert "on p95 TTFT" in made.stdout


def test_a_measured_cpu_stands_beside_gpus_and_can_have_a_price(
    stored: Callable[..., Path],
) -> None:
    made = planned(stored(), "--gpu", CPU, "--gpu", "l4", "--gpu-hour-usd", f"{CPU}=0.1", "--json")
    options = {one["gpu"]: one for one in json.loads(made.stdout)["options"]}
    assert set(options) == {CPU, "l4"}
    assert options[CPU]["usd_per_hour"] == pytest.approx(0.1 * options[CPU]["gpus"])
    assert options["l4"]["predicted_from"] == "priors"


def test_its_cache_is_what_the_engine_was_told_and_its_batch_what_was_measured(
    stored: Callable[..., Path],
) -> None:
    made = planned(stored(), "--gpu", CPU, "--json")
    (option,) = json.loads(made.stdout)["options"]
    assert option["fit"]["kv_bytes"] == 2**30
    assert option["fit"]["concurrency"] <= SLOTS


def test_a_context_that_such_a_cache_never_holds_is_said_to_be(stored: Callable[..., Path]) -> None:
    small = machine(**{"env VLLM_CPU_KVCACHE_SPACE": "0.05"})
    made = planned(stored(fingerprint=small), "--gpu", CPU)
    assert made.exit_code == 1
    assert "hold no sequence of 2,048 tokens" in made.stderr


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"weights_dtype": "bf16"}, "--weights-dtype fp32 --kv-dtype fp32"),
        ({"kv_dtype": "bf16"}, "--weights-dtype fp32 --kv-dtype fp32"),
        ({"model": "llama-3.1-8b"}, "see that --model and --weights-dtype are those"),
        ({"gpu": "cpu-b-kind"}, "the closest are"),
    ],
)
def test_another_model_or_data_type_than_was_measured_is_refused(
    stored: Callable[..., Path], changed: dict[str, str], said: str
) -> None:
    made = planned(stored(), **changed)
    assert made.exit_code == 1
    assert said in made.stderr


def test_an_edited_record_is_refused(stored: Callable[..., Path]) -> None:
    path = stored()
    path.write_text(path.read_text().replace('"slots": 16', '"slots": 64'))
    made = planned(path)
    assert made.exit_code == 1
    assert "is not what was measured" in made.stderr


def test_lengths_that_were_not_measured_are_warned_of(stored: Callable[..., Path]) -> None:
    made = planned(stored(), "--gpu", CPU, isl="1000", p95_ttft_ms="9000")
    assert made.exit_code == 0, made.output
    assert "has prompts of 16 to 512 tokens, and 1,000 are planned for" in made.stderr


def test_a_record_of_a_machine_that_has_changed_is_stale(stored: Callable[..., Path]) -> None:
    """Of this kind, with another engine than is installed now."""
    changed = replace(machine(), versions={"vllm": "0.1"})
    path = stored(fingerprint=changed, gpu=gpu_name(probe(), load_gpus()))
    made = planned(path, "--gpu", path.parent.parent.name, "--json")
    assert made.exit_code == 0, made.output
    (warning,) = json.loads(made.stdout)["warnings"]
    assert "is stale: " in warning
    assert "vllm 0.1 → " in warning
    assert "`ringfence bench throughput`" in warning


def test_the_split_that_was_measured_of_a_gpu_is_predicted_by_its_record(
    runs: list[Run], tmp_path: Path
) -> None:
    cuda = probe(
        EngineFacts(None, {"dtype": "bfloat16"}),
        root=Path("/nowhere"),
        environ={"RINGFENCE_ACCELERATOR": "cuda"},
        packages=(),
        affinity=2,
    )
    path = save(machine_record(runs, gpu="l4", fingerprint=cuda), tmp_path)
    made = planned(
        path, "--gpu", "l4", "--json", model="llama-3.1-8b", weights_dtype="bf16", kv_dtype="bf16"
    )
    assert made.exit_code == 1  # 8B cannot be as fast as this was: the shares are above the peak
    assert "see that model, data type, GPU type" in made.stderr
    made = planned(path, "--gpu", "l4", "--json", weights_dtype="bf16", kv_dtype="bf16")
    assert made.exit_code == 0, made.output
    (option,) = json.loads(made.stdout)["options"]
    assert option["tensor_parallel_size"] == 1
    assert option["calibration"]["max_num_seqs"] == SLOTS


def test_a_quick_record_serves_as_well(tmp_path: Path) -> None:
    quick = machine_record(machine_runs(Profile.QUICK), gpu=CPU, peaks=None, fingerprint=machine())
    made = planned(save(quick, tmp_path), "--gpu", CPU)
    assert made.exit_code == 0, made.output
