"""The guide shows the newest whole run of the overload benchmark, and which goals it missed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from benchmarks.machine import Machine
from benchmarks.overload.record import Engine, Load, OverloadRecord, Waits, newest, save
from benchmarks.overload.report import BLOCK, guide_block
from benchmarks.overload.scenario import Scenario
from serving.cli.bench_overload import overload

ROOT = Path(__file__).parents[4]


def waits(
    scenario: Scenario, p95_ms: float, n: int, quiet: dict[str, int], flood: dict[str, int]
) -> Waits:
    return Waits(
        scenario=scenario,
        n=n,
        p50_ms=500,
        p95_ms=p95_ms,
        p99_ms=p95_ms,
        max_ms=p95_ms,
        p95_each_ms=(p95_ms,),
        quiet_statuses=quiet,
        flood_statuses=flood,
    )


def overload_record(
    private_p95_ms: float = 1_100,
    n: int = 225,
    quiet: dict[str, int] | None = None,
    shed: int = 50,
) -> OverloadRecord:
    answered = quiet or {"200": n}
    return OverloadRecord(
        measured_at=datetime(2026, 1, 1, tzinfo=UTC),
        commit="c" * 40,
        uncommitted_changes=False,
        machine=Machine(
            cpu="a processor",
            cores=2,
            memory_gib=24,
            accelerator="none",
            system="Linux",
            python="3.11",
        ),
        libraries={},
        engine=Engine(
            service_s=2,
            jitter=0.2,
            private_places=32,
            fast_places=8,
            reserved_for_private=0.5,
            headroom_for_other_teams=0.2,
        ),
        load=Load(quiet_rps=2.5, flood_clients=128, seconds=30, repeats=3),
        waits=(
            waits(Scenario.CALM, 1_000, n, answered, {}),
            waits(Scenario.PRIVATE_FLOOD, private_p95_ms, n, answered, {"200": 400}),
            waits(Scenario.FAST_FLOOD, 1_050, n, answered, {"200": 300, "429": shed}),
        ),
    )


def test_a_run_that_meets_its_goals_says_nothing_of_them_but_figures() -> None:
    record = overload_record()
    assert record.missed == ()
    block = guide_block(record)
    assert "| **1.10** |" in block
    assert "\u2717" not in block


def test_a_moved_p95_is_a_missed_goal() -> None:
    record = overload_record(private_p95_ms=1_200)
    assert record.missed == ("a flood on private moves p95 by less than 20%",)
    assert "| **1.20** \u2717 |" in guide_block(record)


@pytest.mark.parametrize("status", ["503", "429", "0"])
def test_a_request_that_must_stay_and_had_no_answer_is_a_missed_goal(status: str) -> None:
    record = overload_record(quiet={"200": 224, status: 1})
    assert record.missed == ("every request that must stay is answered",)


def test_a_flood_that_nothing_was_shed_of_was_none() -> None:
    assert overload_record(shed=0).missed == ("what may go elsewhere is shed first",)


def test_small_runs_do_not_count(tmp_path: Path) -> None:
    save(overload_record(n=199), tmp_path)
    assert newest(tmp_path) is None
    save(overload_record(), tmp_path)
    assert newest(tmp_path) == overload_record()


def test_the_report_renews_the_guide(tmp_path: Path) -> None:
    app, guide = Typer(), tmp_path / "guide.md"
    app.command()(overload)
    save(overload_record(), tmp_path)
    guide.write_text(f"before\n{BLOCK.begin}\nold\n{BLOCK.end}\nafter\n")
    asked = ["--report", "--out", str(tmp_path), "--guide", str(guide)]
    assert CliRunner().invoke(app, asked).exit_code == 0
    assert guide_block(overload_record()) in guide.read_text()
    assert guide.read_text().startswith("before\n")
    nothing = CliRunner().invoke(app, ["--report", "--out", str(tmp_path / "none")])
    assert nothing.exit_code == 1


def test_the_command_says_how_it_is_used() -> None:
    app = Typer()
    app.command()(overload)
    assert "Example: ringfence bench overload" in CliRunner().invoke(app, ["--help"]).output


def test_the_guide_shows_the_newest_whole_run() -> None:
    guide = (ROOT / "docs" / "guides" / "overload.md").read_text("utf-8")
    found = newest(ROOT / "benchmarks" / "results" / "overload")
    assert guide == BLOCK.put(guide_block(found), guide), (
        "the guide is stale; `ringfence bench overload --report` renews it"
    )
