"""`ringfence plan`, as somebody uses it who is about to buy hardware."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from hardware.capacity import ServedModel
from hardware.capacity_bytes import KVDtype, WeightsDtype
from hardware.gpu_table import load_gpus
from hardware.queueing import Lengths, simulate_closed
from hardware.queueing_replica import Engine
from hardware.roofline import PRIORS, roofline
from hardware.shape_config import load_shape
from serving.cli.plan import plan

app = typer.Typer()
app.command("plan")(plan)

ASKED = {
    "--model": "llama-3.1-8b",
    "--rps": "10",
    "--isl": "800",
    "--osl": "100",
    "--p95-ttft-ms": "500",
    "--private-share": "0.3",
    "--gpu": "h100-sxm",
}


def planned(*more: str, width: int = 80, **changed: str) -> Result:
    asked = ASKED | {f"--{key.replace('_', '-')}": value for key, value in changed.items()}
    words = [word for pair in asked.items() for word in pair]
    return CliRunner().invoke(app, [*words, *more], env={"COLUMNS": str(width)})


def test_a_table_fits_80_columns_and_says_where_its_figures_are_from() -> None:
    made = planned("--gpu", "rtx-pro-6000-workstation", "--gpu-hour-usd", "h100-sxm=2.5")
    assert made.exit_code == 0
    table, legend = made.stdout.split("\n\n", 1)
    assert all(len(line) <= 80 for line in table.splitlines())
    for column in ("gpu", "TP", "repl", "GPUs", "seqs", "KV", "TTFT", "TPOT", "load", "N-1", "$/h"):
        assert column in table.splitlines()[0]
    assert "h100-sxm" in table
    assert "predicted from priors" in legend
    assert "a node of 8 GPUs is lost" in legend


def test_no_price_no_cost() -> None:
    assert "$" not in planned().stdout


def test_programs_get_all_of_it() -> None:
    made = planned("--json", "--gpu-hour-usd", "h100-sxm=2.5")
    assert made.exit_code == 0
    said = json.loads(made.stdout)
    (option,) = said["options"]
    assert option["gpu"] == "h100-sxm"
    assert option["predicted_from"] == "priors"
    assert option["fit"]["concurrency"] > 0
    assert option["replicas"]["private"] >= 1
    assert option["gpus"] == sum(option["replicas"].values()) * option["tensor_parallel_size"]
    assert option["usd_per_hour"] == pytest.approx(2.5 * option["gpus"])
    assert option["rest"]["ttft_s"]["p95"] <= 0.5
    assert said["model"]["parameters"] == 8_030_261_248


def test_one_token_answers_have_no_tpot_and_the_json_is_json() -> None:
    made = planned("--json", osl="1", length_cv="0")
    assert made.exit_code == 0
    assert json.loads(made.stdout)["options"][0]["rest"]["tpot_s"] is None


def test_measured_runs_take_the_place_of_priors(tmp_path: Path) -> None:
    gpu = load_gpus().get("h100-sxm")
    model = ServedModel(load_shape("llama-3.1-8b"), WeightsDtype.BF16, KVDtype.BF16, 4_096)
    # A machine that is as fast as the priors have it, measured.
    engine = Engine(roofline(model, gpu, 1), 64, 2_048, 400_000)
    points = []
    for concurrency in (1, 8, 32):
        for isl in (256, 2_048):
            seen = simulate_closed(
                engine, Lengths(isl, 128), concurrency=concurrency, requests=40 * concurrency
            )
            points.append(
                {
                    "isl": isl,
                    "osl": 128,
                    "concurrency": concurrency,
                    "output_tokens_per_s": seen.output_tokens_per_s,
                    "ttft_p50_s": seen.ttft_s.p50,
                    "ttft_p95_s": seen.ttft_s.p95,
                    "tpot_p50_s": seen.tpot_s.p50,
                }
            )
    path = tmp_path / "h100.json"
    path.write_text(json.dumps({"gpu": "h100-sxm", "points": points}))
    made = planned("--json", "--measured", str(path))
    assert made.exit_code == 0, made.output
    (option,) = json.loads(made.stdout)["options"]
    assert option["predicted_from"] == "measured"
    assert option["calibration"]["decode_mbu"] == pytest.approx(PRIORS.decode_mbu, rel=0.1)
    assert option["calibration"]["prefill_mfu"] == pytest.approx(PRIORS.prefill_mfu, rel=0.2)
    assert "6 measured runs in h100.json" in planned("--measured", str(path), width=200).stdout


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"gpu": "h1000"}, "the closest are"),
        ({"model": "llama-9"}, "one of"),
        ({"model": "llama-3.1-70b", "gpu": "t4"}, "cure:"),
        ({"p95_ttft_ms": "1"}, "--p95-ttft-ms"),
        ({"rps": "0"}, "--rps"),
        ({"private_share": "2"}, "--private-share"),
        ({"max_model_len": "500"}, "do not fit a context of 500"),
        ({"max_model_len": "999999"}, "takes a context of 1 to 131,072"),
        ({"gpu_hour_usd": "h100-sxm"}, "takes ID=PRICE"),
        ({"gpu_hour_usd": "h100-sxm=-1"}, "US dollars"),
        ({"gpu_hour_usd": "h1000=1"}, "the closest are"),
        ({"measured": "absent.json"}, "cannot be read"),
        ({"gpu_memory_utilization": "1.5"}, "a share"),
        ({"gpus": "absent.yaml"}, "absent.yaml"),
    ],
)
def test_what_cannot_be_planned_is_an_error_that_names_the_cure(
    changed: dict[str, str], said: str
) -> None:
    made = planned(width=400, **changed)
    assert made.exit_code == 1
    assert said in made.stderr
    assert made.stdout == ""


def test_help_has_an_example() -> None:
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"})
    assert "Example: ringfence plan --model llama-3.1-8b" in shown.stdout
