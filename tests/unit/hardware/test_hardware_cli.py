"""`ringfence hardware`: the table, one type, this machine; and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from hardware.fingerprint import from_json
from serving.cli.hardware import app

CPU = {"RINGFENCE_ACCELERATOR": "cpu", "COLUMNS": "80"}


def run(*arguments: str | Path, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], env=env or CPU)


def printed(*arguments: str | Path) -> Any:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_list_is_readable_on_80_columns() -> None:
    done = run("list")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert "…" not in done.stdout
    h100 = next(line.split() for line in lines if line.split()[0] == "h100-sxm")
    assert h100 == ["h100-sxm", "80", "3,350", "989.5", "1,979", "-", "900", "700"]
    server = next(line for line in lines if "rtx-pro-6000-server" in line)
    assert "~936" in server  # somebody else's word


def test_the_list_as_json_has_every_figure_with_its_source() -> None:
    types = {entry["id"]: entry for entry in printed("list")}
    assert types["h200-sxm"]["memory_bytes"]["value"] == 141e9
    assert types["h200-sxm"]["dense_flops_per_s"]["fp8"]["confidence"] == "derived"
    assert types["t4"]["dense_flops_per_s"].keys() == {"fp32", "fp16", "int8"}


def test_one_type_is_shown_with_sources_and_confidence() -> None:
    done = run("show", "h100-sxm")
    assert done.exit_code == 0
    words = [line.split() for line in done.stdout.splitlines()]
    assert ["dense", "bf16", "989.5", "TFLOP/s", "derived", "[3]"] in words
    assert ["dense", "fp4", "unknown"] in words
    assert "[1] NVIDIA H100 Tensor Core GPU data sheet, https://" in done.stdout
    assert printed("show", "h100-sxm")["power_w"]["value"] == 700


def test_an_id_that_is_not_there_names_the_closest() -> None:
    done = run("show", "h100sxm")
    assert done.exit_code == 1
    assert "h100-sxm" in done.stderr


def test_another_table_can_be_given_and_has_to_hold(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "schema: 1\nsources: {}\ngpus:\n  card: {name: Card, vendor: Maker, architecture: First}\n"
    )
    assert [entry["id"] for entry in printed("list", "--gpus", mine)] == ["card"]
    mine.write_text("schema: 1\nsources: {}\ngpu: {}\n")
    done = run("list", "--gpus", mine)
    assert done.exit_code == 1
    assert f"{mine}:3: unknown key `gpu`" in done.stderr.replace("\n", "")


def test_this_machine_is_shown_with_digests() -> None:
    done = run("probe")
    assert done.exit_code == 0, done.output
    assert "* logical cores" in done.stdout
    report = printed("probe")
    seen = from_json(json.dumps(report["fingerprint"]))
    assert (report["digest"], report["capacity_digest"]) == (seen.digest, seen.capacity_digest)
    assert report["digest"] in done.stdout
    assert report["gpu_types"] == []
    assert report["measured"] is None


def test_a_driver_that_does_not_answer_is_said() -> None:
    """The override says that there is a GPU; whether there is, this machine knows."""
    done = run("probe", env={"RINGFENCE_ACCELERATOR": "cuda"})
    assert done.exit_code == 0, done.output
    assert "GPUs: unknown because NVML: " in done.stdout or "* GPU 0" in done.stdout


def test_an_override_that_is_neither_is_refused() -> None:
    done = run("probe", env={"RINGFENCE_ACCELERATOR": "tpu"})
    assert done.exit_code == 1
    assert "cpu, cuda" in done.stderr


def test_a_machine_that_stayed_the_same_is_said_to_be(tmp_path: Path) -> None:
    before = tmp_path / "before.json"
    before.write_text(json.dumps(printed("probe")))
    done = run("probe", "--against", before)
    assert done.exit_code == 0
    assert "nothing is different" in done.stdout


def test_what_changed_is_said_and_automation_hears_of_it(tmp_path: Path) -> None:
    before = tmp_path / "before.json"
    fingerprint = printed("probe")["fingerprint"]
    fingerprint["engine"]["model_digest"] = "sha256:00"
    fingerprint["host"]["kernel"] = "3.10"
    before.write_text(json.dumps(fingerprint))
    done = run("probe", "--against", before)
    assert done.exit_code == 1
    assert "* model digest sha256:00 → none" in done.stdout
    assert "  kernel 3.10 → " in done.stdout
    fingerprint["engine"]["model_digest"] = None
    before.write_text(json.dumps(fingerprint))
    assert run("probe", "--against", before).exit_code == 0


@pytest.mark.parametrize("text", ["", "{", "[]", '{"fingerprint": 1}', '{"schema": 1}'])
def test_a_file_that_is_no_fingerprint_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "before.json").write_text(text)
    done = run("probe", "--against", tmp_path / "before.json")
    assert done.exit_code == 1
    assert "Traceback" not in done.output
    assert done.stderr.startswith("ringfence: ")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = run("probe", "--against", tmp_path / "no.json")
    assert done.exit_code == 1
    assert "cannot be read" in done.stderr


def test_without_a_gpu_there_is_nothing_to_record(tmp_path: Path) -> None:
    done = run("probe", "--record-nvml", tmp_path / "nvml.json")
    assert done.exit_code == 1
    assert "nothing to record" in done.stderr
    assert not (tmp_path / "nvml.json").exists()


@pytest.mark.parametrize("command", ["list", "show", "probe"])
def test_every_command_shows_an_example(command: str) -> None:
    done = run(command, "--help")
    assert done.exit_code == 0
    assert f"Example: ringfence hardware {command}" in " ".join(done.stdout.split())


def test_a_probe_with_a_model_has_what_its_engine_would_be_told(tmp_path: Path) -> None:
    bare, told = printed("probe"), printed("probe", "--model", "smollm2-135m-private")
    arguments = told["fingerprint"]["engine"]["arguments"]
    assert (arguments["max_num_seqs"], arguments["env OMP_NUM_THREADS"]) == (16, "1")
    assert told["capacity_digest"] != bare["capacity_digest"]

    before = tmp_path / "before.json"
    before.write_text(json.dumps(told))
    assert run("probe", "--model", "smollm2-135m-private@1", "--against", before).exit_code == 0
    assert run("probe", "--model", "smollm2-135m-fast", "--against", before).exit_code == 0
    changed = run("probe", "--against", before)
    assert changed.exit_code == 1
    assert "engine argument max_num_seqs" in changed.stdout


@pytest.mark.parametrize(("model", "cure"), [("gpt-5-mini", "no engine"), ("none", "smollm2")])
def test_a_probe_with_a_model_that_no_engine_runs_is_refused(model: str, cure: str) -> None:
    done = run("probe", "--model", model)
    assert done.exit_code == 1
    assert cure in done.stderr
