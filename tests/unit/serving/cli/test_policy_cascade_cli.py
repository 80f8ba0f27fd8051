"""What `ringfence policy explain` and `simulate` say of tasks, and of cheaper models first."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

import router
from router.risk.certificate import CertifiedModel
from serving.cli.policy import app
from tests.cascading import certificate, reference

ROOT = Path(router.__file__).parent.parent
MODELS, POLICY = ROOT / "models.yaml", ROOT / "router" / "policy.yaml"
CHEAP, STRONG = "smollm2-135m-fast@1", "gpt-5-mini@2025-08-07"
TRIED = "cascade:fast>balanced"
LATER = datetime.now(UTC).date() + timedelta(days=120)
"""The certificate has expired by then."""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The shipped files, with extractions tried by the fast tier before the balanced one."""
    directory = tmp_path_factory.mktemp("cascading")
    made = certificate(cheap=CHEAP, strong=STRONG)
    made = replace(made, cheap_model=CertifiedModel(CHEAP, f"sha256:{'a' * 64}"))
    policy: dict[str, Any] = yaml.safe_load(POLICY.read_text())
    pair = {"from": "fast", "to": "balanced", "tasks": ["extraction"]}
    policy["escalation"] = [pair | {"certificate": reference(directory, made)}]
    written = directory / "policy.yaml"
    written.write_text(yaml.safe_dump(policy))
    return ["--models", str(MODELS), "--policy", str(written)]


@pytest.fixture
def body(tmp_path: Path) -> Path:
    """Held for an extraction by the rule that is shipped."""
    path = tmp_path / "body.json"
    schema = {"name": "river", "schema": {"type": "object"}}
    messages = [{"role": "user", "content": "Extract the river."}]
    said = {"model": "auto", "messages": messages}
    formatted = {"type": "json_schema", "json_schema": schema}
    path.write_text(json.dumps(said | {"response_format": formatted}))
    return path


def explained(*arguments: str | Path) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(run("explain", *arguments, "--json").stdout)
    return shown


def test_an_explanation_says_the_task_and_what_is_tried_first(files: list[str], body: Path) -> None:
    found = explained(body, *files)
    assert (found["task"], found["task_basis"]) == ("extraction", "rule")
    assert found["features"]["answer_format"] == "json_schema"
    assert found["cascade"]["tried"]
    assert (found["cascade"]["cheap"], found["cascade"]["strong"]) == (CHEAP, [STRONG])
    assert found["reasons"][-1] == TRIED
    said = squeezed(run("explain", body, *files).stdout)
    assert "task extraction, by a rule of the policy" in said
    assert f"{CHEAP} is tried first, then {STRONG}: its answer is kept where mean_logprob" in said
    assert "at most 0.05 wrong of what is kept, until" in said


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--cascade", "never"], "cascade:declined", "its caller would not have it"),
        (["--stakes", "legal"], "cascade:stakes", "it has stakes"),
        (["--date", str(LATER)], "cascade:uncertified", "no certificate holds"),
    ],
    ids=["declined", "stakes", "another day"],
)
def test_what_is_not_tried_first_is_explained(
    files: list[str], body: Path, arguments: list[str], code: str, said: str
) -> None:
    cascade = explained(body, *arguments, *files)["cascade"]
    assert (cascade["tried"], cascade["code"]) == (False, code)
    shown = squeezed(run("explain", body, *arguments, *files).stdout)
    assert f"no cheaper model is tried first: {said}" in shown


def test_what_no_pair_is_about_is_said_to_be(files: list[str], body: Path) -> None:
    assert explained(body, "--task", "code", *files)["cascade"] is None
    shown = squeezed(run("explain", body, "--task", "code", *files).stdout)
    assert "task code, as its caller says" in shown
    assert "no pair of `escalation` is about it" in shown
    refused = run("explain", body, "--task", "gardening", *files)
    assert refused.exit_code == 1
    assert "x-ringfence-task must be one of" in refused.stderr


def test_a_simulation_counts_tasks_and_cascades_before_and_after(
    files: list[str], tmp_path: Path
) -> None:
    requests = tmp_path / "requests.jsonl"
    line = {"class": "public", "task": "extraction"}
    lines = (line, line | {"stream": True}, line | {"task": "code"})
    requests.write_text("\n".join(map(json.dumps, lines)))
    arguments = [requests, *files, "--against", POLICY]
    shown = json.loads(run("simulate", *arguments, "--json").stdout)
    assert shown["cascades"] == [
        {"code": "none", "before": 3, "after": 1},
        {"code": TRIED, "before": 0, "after": 1},
        {"code": "cascade:stream", "before": 0, "after": 1},
    ]
    assert shown["tasks"] == [
        {"task": "extraction", "requests": 2, "moved": 0, "tried_before": 0, "tried_after": 1},
        {"task": "code", "requests": 1, "moved": 0, "tried_before": 0, "tried_after": 0},
    ]
    said = squeezed(run("simulate", *arguments).stdout)
    assert "extraction 2 0 0 1" in said
    assert f"{TRIED} tried: 0 before, 1 after" in said
