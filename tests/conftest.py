"""What all of the session's tests share: the recording providers, started once and when needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from serving.simulator.process import SimulatorProcess
    from tests.engine_cluster import EngineCluster

# A slow machine is not a failed property; and what CI finds, anybody finds again.
settings.register_profile("ringfence", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("ringfence")


@pytest.fixture(scope="session")
def providers() -> Iterator[dict[str, SimulatorProcess]]:
    """Each a process with a real socket that keeps every byte that arrives."""
    from serving.simulator.config import SimulatorConfig
    from serving.simulator.process import SimulatorProcess
    from tests.stack import PROVIDERS

    with ExitStack() as running:
        yield {
            name: running.enter_context(SimulatorProcess(SimulatorConfig(record=True)))
            for name in PROVIDERS
        }


@pytest.fixture(scope="session")
def engine_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineCluster]:
    """The shipped configuration on the real engine; minutes, so mark its tests `engine`."""
    from tests.engine_cluster import running_engine_cluster

    with running_engine_cluster(tmp_path_factory.mktemp("engine")) as cluster:
        yield cluster
