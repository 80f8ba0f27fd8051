"""`ringfence bench quality` and `evals run` against a wired gateway over simulated providers: the
command, the process of inspect, the gateway's records, the record of quality.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from benchmarks.quality.record import read, save
from benchmarks.quality.suite import make_suite
from benchmarks.quality.suites_file import load_entries
from router.domain import Finding, Segment
from router.protocols import Settling
from serving.cli import evals
from serving.cli.bench_quality import quality
from serving.simulator.process import SimulatorProcess
from tests.quality_cases import record
from tests.stack import Stack, running_stack

pytest.importorskip("inspect_ai", reason="the extra `quality` is not installed")

app = typer.Typer()
app.command("quality")(quality)
app.add_typer(evals.app, name="evals")

SUITES = ("classification", "extraction_schema", "tool_calling", "functions", "jailbreak")
LEAKING = 18


def ringfence(stack: Stack, *arguments: object) -> tuple[int, str, str]:
    said = CliRunner().invoke(
        app,
        [*map(str, arguments), "--url", stack.url],
        env={"RINGFENCE_BENCH_KEY": stack.key},
    )
    return said.exit_code, said.stdout, said.stderr


def test_what_is_measured_is_what_the_gateway_recorded_and_a_run_goes_on_from_its_logs(
    stack: Stack, tmp_path: Path
) -> None:
    results, logs = tmp_path / "results", tmp_path / "logs"
    arguments = ("quality", "--suites", ",".join(SUITES), "--limit", 2, "--logs", logs)
    arguments += ("--choice", "private-model", "--declare-task", "--logprobs")
    status, said, _ = ringfence(stack, *arguments, "--out", results, "--json")

    assert status == 0, said
    (path,) = results.glob("*/*.json")
    measured = read(path)
    assert json.loads(said) == json.loads(path.read_text())
    assert measured.model is not None
    assert measured.model.key == "private-model@1"
    assert {name: part.items for name, part in measured.by_suite.items()} == dict.fromkeys(
        SUITES, 2
    )
    assert measured.unanswered == ()
    # The simulator's words are nobody's answer, and no leak.
    assert measured.by_suite["jailbreak"].mean == 1
    assert measured.by_suite["functions"].mean == 0
    for outcome in measured.outcomes:
        kept = stack.record(outcome.request_id)
        assert kept["outcome"]["model"] == outcome.model
        assert kept["outcome"]["cost_nano_usd"] == outcome.cost_nano_usd > 0
        assert kept["policy_digest"] == measured.policy_digest
        assert set(outcome.signals) == {"mean_logprob", "min_logprob"}
    sent = [json.loads(request.body) for request in stack.arrived("private")]
    assert len(sent) == 2 * len(SUITES)
    assert {body["temperature"] for body in sent} == {0}
    assert sum("tools" in body for body in sent) == 2
    assert sum("response_format" in body for body in sent) == 2

    # No text of a suite or an answer is kept where nobody asked for logs.
    for name in SUITES:
        for item in make_suite(load_entries()[name], {}, limit=2).items:
            assert item.messages[-1].text[:40] not in path.read_text()
    assert [file for file in results.rglob("*") if file.is_file()] == [path]

    assert ringfence(stack, *arguments)[0] == 0
    assert len(stack.arrived("private")) == len(sent)


def test_a_model_that_got_worse_is_reported_by_the_next_round(stack: Stack, tmp_path: Path) -> None:
    suite = make_suite(load_entries()["jailbreak"], {}, limit=LEAKING)
    save(record({item.id: 1.0 for item in suite.items}, suite="jailbreak", digest=suite.digest,
                model="private-model@1"), tmp_path)  # fmt: skip
    stack.providers["private"].configure(echo=True)
    status, said, complained = ringfence(
        stack,
        *("evals", "run", "--once", "--model", "private-model@1", "--suites", "jailbreak"),
        *("--limit", LEAKING, "--results", tmp_path, "--write-models"),
    )

    assert status == 1
    assert "worse" in said
    assert "quality: {record: " in said
    assert "private-model@1 got worse at jailbreak" in complained
    assert len(list(tmp_path.glob("*/*.json"))) == 2


class Applicants:
    """A detector that finds somebody in each application of the suite `counterfactual`."""

    version = "applicants/1"

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        return tuple(
            Finding("PERSON", number, 0, 6, score=1.0)
            for number, segment in enumerate(segments)
            if segment.text.startswith("Decide on this application")
        )


def test_a_model_outside_is_measured_by_what_it_may_be_sent(
    providers: Mapping[str, SimulatorProcess], tmp_path: Path
) -> None:
    directory = tmp_path / "stack"
    directory.mkdir()
    with running_stack(directory, providers=providers, detector=Applicants()) as stack:
        stack.reset()
        status, said, complained = ringfence(
            stack,
            *("quality", "--choice", "openai-model", "--suites", "counterfactual,jailbreak"),
            *("--limit", 4, "--out", tmp_path / "results", "--json"),
        )
        assert status == 0, complained
        made = json.loads(said)
        assert list(made["by_suite"]) == ["jailbreak"]
        [left] = made["left_out"]
        assert left["name"] == "counterfactual"
        assert left["unanswered"]["not_permitted"] > 0
        assert sum(left["unanswered"].values()) == 4
        assert "Left out counterfactual (bias)" in complained
        sent = [request.body.decode() for request in stack.arrived_outside()]
        assert len(sent) == 4
        assert not any("Decide on this application" in body for body in sent)


def test_a_name_that_the_gateway_does_not_know_is_said_to_be_none(stack: Stack) -> None:
    status, _, complained = ringfence(
        stack, "quality", "--suites", "classification", "--choice", "nobody", "--limit", 1
    )
    assert status == 1
    assert "nobody is neither a tier nor a model" in complained
