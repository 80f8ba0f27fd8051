"""The bench of the gate: its scenarios are as bad as they say, and its record says what was."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from benchmarks.gate_power.mmlu_pro import PAIRS, NoAnswers, mixed
from benchmarks.gate_power.record import GatePowerRecord, Tally, newest, save
from benchmarks.gate_power.report import BLOCK, guide_block
from benchmarks.gate_power.scenario import FEW, HARM, MARGIN, SLICES, Mixed, made_up
from benchmarks.gate_power.simulate import simulate
from benchmarks.machine import this_machine
from serving.cli.bench_gate_power import gate_power

ROOT = Path(__file__).parents[4]
RESULTS = ROOT / "benchmarks" / "results" / "gate"

app = typer.Typer()
app.command()(gate_power)


def answers(folder: Path, questions: int = 400) -> Path:
    """Outcomes of the pairs: the strong ones right in 7 of 10, the weak in 5."""
    rows = [
        (str(number), model, int(number % 10 < right))
        for pair in PAIRS
        for model, right in zip(pair, (7, 5), strict=True)
        for number in range(questions)
    ]
    with gzip.open(folder / "outcomes.csv.gz", "wt", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("question_id", "model", "correct"))
        writer.writerows(rows)
    return folder


def test_scenarios_are_truly_as_bad_as_they_say(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    for scenario in (*made_up(), *mixed(answers(tmp_path))):
        drawn = scenario.draw(generator, 200_000)
        assert float(drawn.mean()) == pytest.approx(scenario.truth, abs=0.004)
        assert set(np.unique(drawn)) <= {-1.0, 0.0, 1.0}
        worst = min(float(drawn[number::SLICES].mean()) for number in range(SLICES))
        assert worst == pytest.approx(scenario.slice_truth, abs=0.01)
    assert {0.0, -MARGIN, -HARM} <= {each.truth for each in made_up()}


def test_models_that_are_too_close_cannot_be_mixed() -> None:
    close = Mixed("close", np.ones(10), np.ones(10), HARM)
    with pytest.raises(ValueError, match=r"apart by 0\.000"):
        close.draw(np.random.default_rng(1), 5)


def test_a_folder_without_answers_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoAnswers, match="cannot be read"):
        next(mixed(tmp_path))
    with pytest.raises(NoAnswers, match="has no questions"):
        next(mixed(answers(tmp_path), [("nobody", "no one")]))


def test_what_is_worse_by_four_points_does_not_pass_and_chance_is_the_seed_alone() -> None:
    worse = next(each for each in made_up() if each.truth == -HARM)
    tally = simulate(worse, 1_000, 100, seed=1)
    assert tally == simulate(worse, 1_000, 100, seed=1)
    assert tally.passed == 0
    assert tally.passed + tally.failed + tally.inconclusive == tally.runs


def test_a_harm_that_one_slice_alone_has_does_not_pass() -> None:
    hidden = next(each for each in made_up() if each.slice_truth <= -0.1)
    assert hidden.truth == -MARGIN
    tally = simulate(hidden, 3_000, 100, seed=1)
    assert tally.passed == 0
    assert tally.slices_alarm + tally.slices_doubt >= 95


def tally(truth: float, passed: int, items: int = 1_000, runs: int = 2_000) -> Tally:
    return Tally(
        scenario=f"truth {truth:g}",
        truth=truth,
        slice_truth=truth,
        items=items,
        runs=runs,
        passed=passed,
        failed=0,
        inconclusive=runs - passed,
        slices_alarm=0,
        slices_doubt=0,
        raw_passed=0,
    )


def record(*tallies: Tally, answers: str | None = "mmlu_pro") -> GatePowerRecord:
    return GatePowerRecord(
        measured_at=datetime(2026, 11, 22, tzinfo=UTC),
        commit="0" * 40,
        uncommitted_changes=False,
        machine=this_machine(),
        libraries={},
        seed=1,
        margin=MARGIN,
        answers=answers,
        tallies=tallies,
    )


def test_goals_that_are_missed_are_named() -> None:
    assert record(tally(-HARM, 100), tally(-MARGIN, 100), tally(0.0, 1_900)).missed == ()
    (missed,) = record(tally(-MARGIN, 130)).missed
    assert "6.5% pass at 1,000 items" in missed
    assert any("pass at 1,000" in each for each in record(tally(-HARM, 140)).missed)
    hidden = tally(-0.01, 150).model_copy(update={"slice_truth": -0.05})
    assert len(record(hidden).missed) == 1
    assert record(hidden.model_copy(update={"items": FEW})).missed == ()
    assert not record(tally(0.0, 5, runs=1_000)).is_whole
    assert not record(tally(0.0, 5), answers=None).is_whole


def test_a_record_is_read_back_and_shown(tmp_path: Path) -> None:
    made = record(tally(-HARM, 0), tally(-MARGIN, 80))
    path = save(made, tmp_path)
    assert newest(tmp_path) == made
    assert path.name == "gate-power-20261122T000000Z-0000000.json"
    shown = guide_block(made)
    assert "| truth -0.04 | 1,000 | **0.0%**" in shown
    assert BLOCK.begin in BLOCK.put(shown, f"{BLOCK.begin}\n{BLOCK.end}")


def test_the_command_measures_and_stores_what_it_is_told_to(tmp_path: Path) -> None:
    words = ["--runs", "10", "--out", str(tmp_path), "--json", "--answers"]
    ran = CliRunner().invoke(app, [*words, str(answers(tmp_path))])
    assert ran.exit_code == 0, ran.output
    assert len(json.loads(ran.stdout)["tallies"]) == 26
    assert len(list(tmp_path.glob("gate-power-*.json"))) == 1
    refused = CliRunner().invoke(app, ["--report", "--out", str(tmp_path)])
    assert refused.exit_code == 1
    assert "no whole run" in refused.stderr


def test_the_guide_says_what_the_newest_record_says() -> None:
    guide = (ROOT / "docs" / "guides" / "gate.md").read_text()
    assert BLOCK.put(guide_block(newest(RESULTS)), guide) == guide
