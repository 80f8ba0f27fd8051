"""The README's commands do what it says, on the cluster that its first command has started."""

from __future__ import annotations

import io
import json
import re
import shlex
import signal
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from tests.engine_cluster import ROOT, EngineCluster

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1200)]

README = (ROOT / "README.md").read_text()
BIN = Path(sys.executable).parent


def commands() -> list[str]:
    """Every line after a prompt, without what is said of it."""
    lines = re.findall(r"^\$ (.+)$", README, re.MULTILINE)
    return [line.split("  #")[0].strip() for line in lines]


def run(command: str, *more: str) -> str:
    arguments = [*shlex.split(command), *more]
    arguments[0] = str(BIN / arguments[0])
    done = subprocess.run(
        arguments, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def headers_of(answer: str) -> dict[str, str]:
    head, _, _ = answer.partition("\r\n\r\n")
    pairs = (line.partition(": ") for line in head.splitlines()[1:])
    return {name.lower(): value for name, _, value in pairs}


def test_the_three_printed_requests_are_answered_where_they_should_be(
    engine_cluster: EngineCluster,
) -> None:
    requests = re.findall(r"^curl .+?'$", engine_cluster.printed, re.MULTILINE | re.DOTALL)
    assert len(requests) == 3
    answers = [
        subprocess.run(
            ["bash", "-c", request], capture_output=True, text=True, timeout=300, check=True
        ).stdout
        for request in requests
    ]
    assert all(answer.startswith("HTTP/1.1 200") for answer in answers), answers
    harmless, personal, private = (headers_of(answer) for answer in answers)
    assert harmless["x-ringfence-model"] == "gpt-5-mini"
    assert harmless["x-ringfence-data-class"] == "internal"
    assert personal["x-ringfence-model"] == "smollm2-135m-private"
    assert personal["x-ringfence-data-class"] == "restricted"
    assert private["x-ringfence-model"] == "smollm2-135m-private"
    assert "Paris" in answers[2]


def test_the_snippet_shows_what_the_readme_says(engine_cluster: EngineCluster) -> None:
    (snippet,) = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
    snippet = snippet.replace("http://127.0.0.1:8080", engine_cluster.base_url)
    shown = io.StringIO()
    with redirect_stdout(shown):
        exec(snippet.replace("rf-…", engine_cluster.key), {})
    (said,) = re.findall(r"```\n(x-ringfence-.+?)```", README, re.DOTALL)
    promised = [line.split(maxsplit=1) for line in said.splitlines()]
    for name, value in promised:
        assert f"'{name}': '{'' if '…' in value else value.strip()}" in shown.getvalue()


def test_every_command_of_the_readme_works(engine_cluster: EngineCluster) -> None:
    place = ["--state-dir", str(engine_cluster.state_dir)]
    tried = {"make up", "make test", "ringfence down"}  # around this very test, and its end
    assert engine_cluster.base_url in run("ringfence up --detach", *place)
    assert engine_cluster.base_url in run("ringfence status", *place)
    run("ringfence check")
    run("ringfence exceptions")
    create = next(command for command in commands() if "keys create" in command)
    made = json.loads(run(create, *place, "--json"))
    rotate = next(command for command in commands() if "keys rotate" in command)
    run(rotate.replace("KEY_ID", made["id"]), *place)
    revoke = next(command for command in commands() if "keys revoke" in command)
    run(revoke.replace("KEY_ID", made["id"]), *place)
    governing = ("limits", "models list", "audit verify")
    for words in governing:
        run(f"ringfence {words}", *place)
    stateless = ("compliance", "policy lint")
    for words in stateless:
        run(f"ringfence {words}")
    tried |= {f"ringfence {words}" for words in (*governing, *stateless)} | {rotate}
    simulator = subprocess.Popen(
        [str(BIN / "ringfence"), "simulator", "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    assert simulator.stderr is not None
    assert simulator.stderr.readline().startswith("http://127.0.0.1:")
    simulator.send_signal(signal.SIGINT)
    simulator.communicate(timeout=60)
    tried |= {"ringfence up --detach", "ringfence status", "ringfence check", create, revoke}
    tried |= {"ringfence simulator", "ringfence exceptions"}
    # These take many minutes, and have small runs of their own among the tests of benchmarks.
    tried |= {"ringfence bench privacy", "ringfence bench leak", "ringfence bench audit"}
    assert set(commands()) == tried


def test_the_readme_points_at_files_that_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
    for path in re.findall(r"`((?:router|serving|tests|docs)/[\w/.]*)`", README):
        assert (ROOT / path).exists(), path
