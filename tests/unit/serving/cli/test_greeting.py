"""What a new user reads."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from serving.cli.greeting import curl, greet
from serving.cluster.paths import ClusterPaths
from serving.cluster.report import Phase, Report

REPORT = Report(Phase.READY, "c", "http://127.0.0.1:8080", 1, 0.0, simulated=("openai",))


def test_a_request_is_one_shell_command() -> None:
    words = shlex.split(curl("http://127.0.0.1:8080", "v1/x", "rf-k", "Is it so?"))
    assert words[:4] == ["curl", "-sS", "-i", "http://127.0.0.1:8080/v1/x"]
    assert "Authorization: Bearer rf-k" in words


def test_url_key_and_three_requests(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    greet(REPORT, "rf-k", 12.0, ClusterPaths.of(tmp_path))
    printed = capsys.readouterr().out
    assert printed.count("curl ") == 3
    assert printed.count("Bearer rf-k") == 3
    assert "/private/v1/chat/completions" in printed
    assert "Simulated providers: openai" in printed


def test_without_the_key_it_says_how_to_make_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    greet(REPORT, None, None, ClusterPaths.of(tmp_path))
    assert "ringfence keys create" in capsys.readouterr().out
