"""What all of the session's tests share, started once and when needed: providers, PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from serving.simulator.process import SimulatorProcess
    from tests.engine_cluster import EngineCluster
    from tests.postgres import PostgresServer

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


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real server. Tests take a database of their own, and leave it running."""
    from tests.postgres import CannotStart, running_postgres

    with ExitStack() as running:
        try:
            server = running.enter_context(running_postgres())
        except CannotStart as error:
            pytest.skip(f"PostgreSQL cannot start here: {error}")
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """An empty database on the session's PostgreSQL."""
    name = postgres.new_database()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database: what holds of one kind holds of the other."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "migrated.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> str:
    name = postgres.new_database()
    _migrate(postgres.url(name))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """As `database_url`, with all tables: a copy, which is quicker than to migrate each time."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "test.db")
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.new_database(template=request.getfixturevalue("migrated_postgres"))
    yield server.url(name)
    server.drop(name)


def _migrate(url: str) -> None:
    from router.store.database import connect
    from router.store.migrate import migrate

    engine = connect(url)
    migrate(engine)
    engine.dispose()
