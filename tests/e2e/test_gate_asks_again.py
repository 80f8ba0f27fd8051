"""`ringfence gate --url`: what nobody measured is asked of a wired gateway, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from benchmarks.quality.suite import Suite, make_suite
from benchmarks.quality.suites_file import load_entries
from serving.cli.gate import gate
from tests.stack import Stack
from tests.unit.benchmarks.quality.gate.quality_records import record, write_records

OPENAI, FAST = "openai-model@1", "fast-model@1"
SUITE = "classification"
MEASURED = 170

app = typer.Typer()
app.command()(gate)


@pytest.fixture(scope="module")
def suite() -> Suite:
    return make_suite(load_entries()[SUITE], {})


def measured(suite: Suite, model: str, items: int) -> dict[str, Any]:
    """All right, of the first so many items of the suite."""
    task = suite.entry.task.value
    made = record(model, [1.0] * items, suites=[(SUITE, task)])
    made["suites"][0]["digest"] = suite.digest
    for number, outcome in enumerate(made["outcomes"]):
        outcome["item"] = suite.items[number].id
    return made


def test_only_what_is_lacking_is_asked_pinned_to_its_model(
    stack: Stack, suite: Suite, tmp_path: Path
) -> None:
    text = stack.rules.policy.text
    (tmp_path / "models.yaml").write_bytes(text.models)
    (tmp_path / "old.yaml").write_bytes(text.policy)
    policy = yaml.safe_load(text.policy)
    policy["routes"]["internal"]["auto"] = ["fast", "balanced"]
    (tmp_path / "new.yaml").write_text(yaml.safe_dump(policy))
    (tmp_path / "traffic.jsonl").write_text('{"class": "internal"}\n')
    outcomes = write_records(
        tmp_path / "outcomes",
        [measured(suite, OPENAI, MEASURED), measured(suite, FAST, MEASURED - 10)],
    )
    stack.providers["fast"].configure(says="no label at all")
    said = CliRunner().invoke(
        app,
        [
            *("--candidate", str(tmp_path / "new.yaml"), "--against", str(tmp_path / "old.yaml")),
            *("--models", str(tmp_path / "models.yaml"), "--outcomes", str(outcomes)),
            *("--traffic", str(tmp_path / "traffic.jsonl"), "--url", stack.url, "--json"),
            *("--state-dir", str(tmp_path / "state"), "--out", str(tmp_path / "gates")),
        ],
        env={"RINGFENCE_BENCH_KEY": stack.key},
    )
    assert said.exit_code in {0, 1, 3}, said.output
    found = json.loads(said.stdout)["statistics"]
    assert (found["asked_again"], found["to_ask_again"], found["missing"]) == (10, 10, {})
    assert (found["quality"]["won"], found["quality"]["lost"]) == (0, 10)
    arrived = stack.arrived("fast", "openai", "private", "anthropic")
    assert len(arrived) == len(stack.arrived("fast")) == 10
    lacking = {item.messages[-1].text for item in suite.items[MEASURED - 10 : MEASURED]}
    assert {json.loads(each.body)["messages"][-1]["content"] for each in arrived} == lacking
    for file in (tmp_path / "gates").iterdir():
        assert "no label at all" not in file.read_text()
        assert not any(text in file.read_text() for text in lacking)


def test_a_gateway_that_is_not_there_is_said_in_one_line(suite: Suite, tmp_path: Path) -> None:
    from benchmarks.quality.gate.ask import GatewayAsk
    from benchmarks.quality.gate.outcomes import Item, OutcomesRefused

    ask = GatewayAsk("http://127.0.0.1:9", "key", {SUITE: suite}, timeout_s=5)
    wanted = [Item(SUITE, suite.items[0].id, suite.entry.task)]
    with pytest.raises(OutcomesRefused, match="no gateway answers"):
        ask(FAST, wanted)
