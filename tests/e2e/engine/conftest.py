"""The engine's cluster runs from when it is up until the last test of this directory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine_cluster import EngineCluster, StartingEngineCluster


@pytest.fixture(scope="package")
def engine_cluster(
    starting_engine_cluster: StartingEngineCluster,
) -> Iterator[EngineCluster]:
    """The shipped configuration on the real engine; minutes, so mark its tests `engine`."""
    yield starting_engine_cluster.wait()
    starting_engine_cluster.stop()
