"""A wired gateway in this process for what needs no engine (see tests/stack.py), and a database
server to be killed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from serving.simulator.process import SimulatorProcess
from tests.postgres import CannotStart, PostgresServer, running_postgres
from tests.stack import Stack, running_stack


def every_feature(models: dict[str, Any], _policy: dict[str, Any]) -> None:
    """On-prem models as vLLM serves them: with logprobs, and a field of their own."""
    for entry in models["models"]:
        if entry["location"] == "on-prem":
            entry["capabilities"] = [*entry["capabilities"], "logprobs"]
            entry["backend"]["accepts_fields"] = ["top_k"]


@pytest.fixture(scope="session")
def wired_stack(
    tmp_path_factory: pytest.TempPathFactory, providers: Mapping[str, SimulatorProcess]
) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("wired")
    with running_stack(directory, providers=providers, edit=every_feature) as stack:
        yield stack


@pytest.fixture
def stack(wired_stack: Stack) -> Stack:
    wired_stack.reset()
    return wired_stack


@pytest.fixture
def primary() -> Iterator[PostgresServer]:
    """A server of this test's own, to be killed."""
    try:
        with running_postgres() as server:
            yield server
    except CannotStart as error:
        pytest.skip(f"PostgreSQL cannot start here: {error}")
