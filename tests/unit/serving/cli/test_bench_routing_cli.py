"""`ringfence bench routing`: measures a folder of outcomes, and says which goals were missed."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from benchmarks.routing.generated import generated_set
from serving.cli.bench_routing import routing

app = Typer()
app.command()(routing)


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The generated set, as files of somebody else's."""
    outcomes = generated_set(160)
    target = tmp_path / "theirs"
    target.mkdir()
    (target / "questions.jsonl").write_text(
        "\n".join(
            json.dumps({"question_id": at, "question": text, "task": outcomes.task_names[task]})
            for at, text, task in zip(outcomes.ids, outcomes.texts, outcomes.tasks, strict=True)
        )
    )
    with (target / "outcomes.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("question_id", "model", "score", "cost_usd"))
        for row, at in enumerate(outcomes.ids):
            for column, model in enumerate(outcomes.models):
                cell = outcomes.quality[row, column], outcomes.cost_usd[row, column]
                writer.writerow((at, model, *cell))
    return target


def test_a_run_is_recorded_where_it_is_asked_to_be_and_its_report_renews_the_guide(
    folder: Path, tmp_path: Path
) -> None:
    results = tmp_path / "results"
    code, printed, _ = run("--data", str(folder), "--out", str(results), "--json")
    assert code == 0
    record = json.loads(printed)
    assert record["set"]["name"] == "theirs"
    assert record["set"]["questions"] == 160
    (stored,) = results.glob("routing-theirs-*.json")
    assert json.loads(stored.read_text()) == record

    record["method"]["profile"] = "standard"
    stored.write_text(json.dumps(record))
    guide = tmp_path / "guide.md"
    guide.write_text("before\n<!-- routing:begin -->\n<!-- routing:end -->\nafter\n")
    code, _, _ = run("--report", "--out", str(results), "--guide", str(guide))
    assert code == 0
    assert "task lookup" in guide.read_text()
    assert (results / "curves.html").read_text().startswith("<!doctype html>")


def test_a_folder_without_outcomes_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    code, _, said = run("--data", str(tmp_path))
    assert code == 1
    assert "questions.jsonl" in said


def test_an_unknown_profile_is_a_wrong_use() -> None:
    assert run("--profile", "thorough")[0] == 2


def test_without_a_whole_run_there_is_nothing_to_report(tmp_path: Path) -> None:
    code, _, said = run("--report", "--out", str(tmp_path))
    assert code == 1
    assert "no whole run" in said
