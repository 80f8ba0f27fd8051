"""One stack for all invariants that leave it as they found it, and others to break."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from serving.simulator.process import SimulatorProcess
from tests.stack import Stack, running_stack


@pytest.fixture(scope="session")
def shared_stack(
    tmp_path_factory: pytest.TempPathFactory, providers: Mapping[str, SimulatorProcess]
) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("stack"), providers=providers) as stack:
        yield stack


@pytest.fixture
def stack(shared_stack: Stack) -> Stack:
    shared_stack.reset()
    return shared_stack


@pytest.fixture
def own_stack(
    providers: Mapping[str, SimulatorProcess], tmp_path: Path
) -> Iterator[Callable[..., Stack]]:
    """Makes a gateway of the test's own in front of the shared providers, to break or to rewire."""
    with ExitStack() as running:
        made: list[Stack] = []

        def make(**changes: Any) -> Stack:
            changes.setdefault("directory", tmp_path)
            made.append(running.enter_context(running_stack(providers=providers, **changes)))
            made[-1].reset()
            return made[-1]

        yield make
        if made:
            made[-1].reset()
