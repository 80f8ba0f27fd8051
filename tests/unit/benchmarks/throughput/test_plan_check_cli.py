"""`bench plan-check`: exit statuses for automation, and a table that stays beside the record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from planned_machine import machine_record, machine_runs
from throughput_cases import QUIET
from typer.testing import CliRunner

from benchmarks.throughput.cpu import CpuUse
from benchmarks.throughput.profiles import Profile
from benchmarks.throughput.record import save
from serving.cli.bench_plan_check import plan_check

app = typer.Typer()
app.command("plan-check")(plan_check)

BUSY = CpuUse(QUIET.wall_s, QUIET.served_s, QUIET.client_s, 0.4)


def ringfence(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    return save(machine_record(machine_runs(Profile.QUICK)), tmp_path)


def test_help_has_an_example() -> None:
    status, said = ringfence("--help")
    assert status == 0
    assert "Example: ringfence bench plan-check" in said


def test_a_plan_that_holds_leaves_with_0_and_says_how_well(stored: Path) -> None:
    status, said = ringfence(stored)
    assert status == 0
    assert "offline 128/128" in said
    assert "pass: 1 of 1" in said


def test_the_newest_record_is_checked_and_the_table_kept_beside_it(
    stored: Path, tmp_path: Path
) -> None:
    status, said = ringfence("--results", tmp_path, "--save", "--json")
    written = stored.with_name(f"{stored.stem}.plan.md")
    assert status == 0
    assert "| offline 128/128 |" in written.read_text()
    assert str(written) in said.replace("\n", "")


def test_programs_get_all_of_it(stored: Path) -> None:
    status, said = ringfence(stored, "--json")
    assert status == 0
    assert json.loads(said)["within"] == {"throughput": 0.15, "ttft_p95": 0.25}


def test_a_plan_that_does_not_hold_leaves_with_1(tmp_path: Path) -> None:
    slower = save(machine_record(machine_runs(open_slower=1.5)), tmp_path)
    assert ringfence(slower)[0] == 1


def test_what_cannot_be_told_has_a_status_of_its_own(tmp_path: Path) -> None:
    busy = save(machine_record(machine_runs(Profile.QUICK, cpu=BUSY)), tmp_path)
    status, said = ringfence(busy)
    assert status == 3
    assert "disturbed" in said


def test_no_record_and_an_edited_one_are_refused_with_the_cure(
    stored: Path, tmp_path: Path
) -> None:
    status, said = ringfence("--results", tmp_path / "nothing")
    assert status == 1
    assert "`ringfence bench throughput` makes one" in said
    stored.write_text(stored.read_text().replace('"slots": 16', '"slots": 17'))
    status, said = ringfence(stored, "--save")
    assert status == 1
    assert "is not what was measured" in said
    assert not stored.with_name(f"{stored.stem}.plan.md").exists()
