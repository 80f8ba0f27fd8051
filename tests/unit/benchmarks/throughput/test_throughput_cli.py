"""`bench throughput`, `compare`, `gate` and `report`: exit statuses that automation can rely on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from throughput_cases import WHEN, record, runs
from typer.testing import CliRunner

from benchmarks.throughput.record import save
from hardware.gpu_table import load_gpus
from hardware.probe import probe
from serving.bench.throughput.subject import gpu_name
from serving.cli import bench_throughput
from serving.cluster.ports import free_port

app = typer.Typer()
app.command("throughput")(bench_throughput.throughput)
app.command("compare")(bench_throughput.compare)
app.command("gate")(bench_throughput.gate)
app.command("report")(bench_throughput.report)


def ringfence(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """A record, and one of the next day on a machine a fifth slower."""
    old = save(record(runs(seed=1)), tmp_path)
    slower = record(runs(0.8, seed=2), measured_at=WHEN + timedelta(days=1))
    return old, save(slower, tmp_path)


@pytest.mark.parametrize("command", ["throughput", "compare", "gate", "report"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    status, said = ringfence(command, "--help")

    assert status == 0
    assert "Example: ringfence bench" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["--profile", "huge"],
        ["--layers", "engine,moon"],
        ["--isl", "100"],
        ["--url", "http://127.0.0.1:1", "--layers", "engine,gateway"],
    ],
)
def test_wrong_usage_is_said_and_nothing_is_started(arguments: list[str]) -> None:
    status, said = ringfence("throughput", *arguments)

    assert status == 2
    assert "--" in said


def test_a_dead_endpoint_is_a_clear_error_and_leaves_no_record(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"

    status, said = ringfence("throughput", "--url", url, "--out", tmp_path / "results")

    assert status == 1
    assert f"nothing answers at {url}" in said
    assert not (tmp_path / "results").exists()


def test_a_model_that_no_engine_serves_is_named_with_those_that_are() -> None:
    status, said = ringfence("throughput", "--model", "gpt-5-mini", "--url", "http://127.0.0.1:1")

    assert status == 1
    assert "smollm2-135m-private@1" in said


def test_compare_shows_changes_with_their_intervals(two: tuple[Path, Path]) -> None:
    status, said = ringfence("compare", *two)

    assert status == 0
    assert "offline 128/64" in said
    assert "3 repeats, paired" in said
    assert "machine: nothing is different" in said


def test_compare_speaks_json(two: tuple[Path, Path]) -> None:
    status, said = ringfence("compare", *two, "--json")

    changes = {one["scenario"]: one["change"] for one in json.loads(said)["changes"]}
    assert status == 0
    assert changes["offline 128/64"] == pytest.approx(-0.2, abs=0.02)


def test_the_gate_fails_a_slower_machine_and_passes_the_same(two: tuple[Path, Path]) -> None:
    old, new = two

    assert ringfence("gate", new, "--against", old)[0] == 1
    assert ringfence("gate", old, "--against", old)[0] == 0


def test_the_gate_finds_the_newest_record_and_the_one_before_it(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    status, said = ringfence("gate", "--against", "latest", "--results", tmp_path, "--json")

    assert status == 1
    assert json.loads(said)["verdict"] == "fail"


def test_a_gate_that_cannot_tell_has_a_status_of_its_own(tmp_path: Path) -> None:
    once = save(record(runs(repeats=1)), tmp_path)

    assert ringfence("gate", once, "--against", once)[0] == 3


def test_the_first_record_of_a_gpu_type_has_nothing_to_be_judged_by(tmp_path: Path) -> None:
    save(record(), tmp_path)

    status, said = ringfence("gate", "--results", tmp_path)

    assert status == 1
    assert "no earlier record" in said


def test_a_record_that_was_edited_is_refused(two: tuple[Path, Path]) -> None:
    old, new = two
    content = json.loads(new.read_text())
    content["output_tokens_per_s"] *= 2
    new.write_text(json.dumps(content))

    for command in (("compare", old, new), ("gate", new, "--against", old)):
        status, said = ringfence(*command)
        assert status == 1
        assert "is not what was measured" in said


def test_a_record_that_no_longer_tells_of_this_machine_is_said_to_be_stale(
    tmp_path: Path,
) -> None:
    here, table = probe(), load_gpus()
    measured = replace(here, versions={"vllm": "0.1"})
    stale = save(record(gpu=gpu_name(here, table), fingerprint=measured), tmp_path)

    for command in (("compare", stale, stale), ("gate", stale, "--against", stale)):
        status, said = ringfence(*command)
        assert status == 0
        assert f"{stale.name} is stale: " in said
        (told,) = json.loads(ringfence(*command, "--json")[1])["stale"]
        assert "vllm 0.1 → " in told


def test_another_gpu_type_is_refused(tmp_path: Path) -> None:
    old, new = save(record(), tmp_path), save(record(gpu="h100-sxm"), tmp_path)

    status, said = ringfence("gate", new, "--against", old)

    assert status == 1
    assert "another GPU type: cpu-a-kind and h100-sxm" in said


def test_the_report_is_written_from_all_records(two: tuple[Path, Path], tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("<!-- throughput:begin -->\n<!-- throughput:end -->\n")

    status, said = ringfence("report", "--results", tmp_path, "--readme", readme)

    assert status == 0
    assert "from 2 records" in said
    assert "cpu-a-kind" in readme.read_text()
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
    assert (tmp_path / "report.md").read_text().startswith("# Throughput")


def test_one_bad_record_stops_the_report_before_anything_is_written(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    two[1].write_text("{}")

    status, said = ringfence("report", "--results", tmp_path)

    assert status == 1
    assert str(two[1]) in said
    assert not (tmp_path / "report.md").exists()
