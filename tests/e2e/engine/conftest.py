"""The engine's cluster runs from the first test of this directory to the last."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine_cluster import EngineCluster, running_engine_cluster


@pytest.fixture(scope="package")
def engine_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineCluster]:
    """The shipped configuration on the real engine; minutes, so mark its tests `engine`."""
    with running_engine_cluster(tmp_path_factory.mktemp("engine")) as cluster:
        yield cluster
