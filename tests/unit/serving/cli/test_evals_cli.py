"""`evals` and `bench quality` without a gateway: what they list and show, and wrong usage."""

from __future__ import annotations

import json
import os
import signal
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from benchmarks.quality.record import save
from serving.cli import evals
from serving.cli.bench_quality import quality
from serving.cli.evals_schedule import every_s, rounds, stopped_by_signals
from serving.cli.options import MODELS
from serving.cluster.ports import free_port
from tests.quality_cases import WHEN, record

app = typer.Typer()
app.command("quality")(quality)
app.add_typer(evals.app, name="evals")


def ringfence(*arguments: object, key: str = "a-key") -> tuple[int, str]:
    said = CliRunner().invoke(app, [*map(str, arguments)], env={"RINGFENCE_BENCH_KEY": key})
    return said.exit_code, said.output


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Two records of a model that got worse, a day apart."""
    scores = {f"i{number}": 1.0 for number in range(40)}
    save(record(scores), tmp_path)
    worse = scores | {f"i{number}": 0.0 for number in range(20)}
    save(record(worse, made_at=WHEN + timedelta(days=1)), tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "command", [["quality"], ["evals", "run"], ["evals", "list"], ["evals", "show"]], ids=" ".join
)
def test_every_command_has_help_with_an_example(command: list[str]) -> None:
    status, said = ringfence(*command, "--help")
    assert status == 0
    assert "Example: ringfence" in said


def test_records_are_listed_oldest_first(results: Path) -> None:
    status, said = ringfence("evals", "list", "--results", results, "--json")
    assert status == 0
    assert [(each["of"], each["quality"]) for each in json.loads(said)] == [
        ("small@1", {"classification": 1.0}),
        ("small@1", {"classification": 0.5}),
    ]
    assert "2 records" in ringfence("evals", "list", "--results", results)[1]


def test_a_record_is_shown_by_its_id_with_what_changed(results: Path) -> None:
    newest = record({"a": 1.0}, made_at=WHEN + timedelta(days=1)).id
    status, said = ringfence("evals", "show", newest, "--results", results)
    assert status == 0
    assert "# Quality of small@1" in said
    assert "-0.500" in said
    assert "worse" in said


def test_a_record_that_is_not_there_is_said_to_be_missing(results: Path) -> None:
    status, said = ringfence("evals", "show", "quality-nothing", "--results", results)
    assert status == 1
    assert "quality-nothing" in said


def test_suites_are_listed_with_their_owners(tmp_path: Path) -> None:
    status, said = ringfence("quality", "--list", "--json")
    assert status == 0
    listed = {each["name"]: each for each in json.loads(said)}
    assert len(listed) >= 15
    assert all(each["owner"] for each in listed.values())
    assert "grounded_qa" in ringfence("quality", "--list")[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ["quality", "--suites", "feelings"],
        ["quality", "--suites", ""],
        ["quality", "--suites", "bbq"],
        ["quality", "--limit", "0"],
        ["evals", "run", "--once", "--schedule", "every 1h"],
        ["evals", "run", "--schedule", "now and then"],
    ],
    ids=["unknown suite", "no suite", "a set that nobody named", "limit", "both", "schedule"],
)
def test_wrong_usage_is_said_to_be_that(arguments: list[str]) -> None:
    status, said = ringfence(*arguments)
    assert status == 2
    assert "--" in said or "every" in said


def test_without_a_gateway_there_is_no_record(tmp_path: Path) -> None:
    pytest.importorskip("inspect_ai", reason="the extra `quality` is not installed")
    url = f"http://127.0.0.1:{free_port()}"
    arguments = ("--url", url, "--suites", "classification", "--limit", 1)
    status, said = ringfence("quality", *arguments, "--out", tmp_path)
    assert (status, list(tmp_path.iterdir())) == (1, [])
    assert "no gateway answers" in said
    models = ("--model", "small@1", "--results", tmp_path)
    status, said = ringfence("evals", "run", *arguments, *models)
    assert (status, list(tmp_path.iterdir())) == (1, [])
    assert "small@1: no gateway answers" in said


def test_what_is_in_production_and_chats_is_evaluated() -> None:
    names = evals.in_production(MODELS)
    assert "smollm2-135m-private@1" in names
    assert "text-embedding-3-small@1" not in names


@pytest.mark.parametrize(
    ("text", "seconds"), [("every 30m", 1_800), ("every 24h", 86_400), ("every 7d", 604_800)]
)
def test_a_schedule_is_read(text: str, seconds: float) -> None:
    assert every_s(text) == seconds


def test_a_round_follows_another_until_somebody_says_stop() -> None:
    stop = threading.Event()
    begun = []
    for began_s in rounds(0.001, stop):
        begun.append(began_s)
        if len(begun) == 3:
            stop.set()
    assert begun == sorted(begun)
    assert len(begun) == 3
    assert len(list(rounds(None, threading.Event()))) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_wait_without_an_error(number: signal.Signals) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stopped_by_signals() as stop:
        for _ in rounds(3_600, stop):
            os.kill(os.getpid(), number)
    assert stop.is_set()
    assert signal.getsignal(signal.SIGTERM) is before
