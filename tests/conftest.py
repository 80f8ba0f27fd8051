"""What all of the session's tests share, started once and when needed: providers, PostgreSQL. And
their order.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from serving.simulator.process import SimulatorProcess
    from tests.postgres import PostgresServer

# A slow machine is not a failed property; and what CI finds, anybody finds again.
settings.register_profile("ringfence", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("ringfence")

_TESTS = Path(__file__).parent
_CLUSTERS = (_TESTS / "e2e" / "engine", _TESTS / "e2e" / "clusters")
"""What starts Ray: one after the other, for no two of them have room on a small machine."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Clusters go first, and the engine's before all, so that they are gone before what has
    deadlines: gateways, in this process and in others. The invariants' short files come last, so
    that no worker has much to do when the other has nothing.
    """
    turns = (*_CLUSTERS, _TESTS / "contracts", _TESTS / "unit", _TESTS)
    last = _TESTS / "invariants"

    @cache
    def turn(file: Path) -> int:
        if file.is_relative_to(last):
            return len(turns)
        return next(n for n, place in enumerate(turns) if file.is_relative_to(place))

    items.sort(key=lambda item: turn(item.path))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """All clusters go to one worker; any worker takes any other file, when it has nothing to do."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class OneForClusters(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types here
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::", 1)[0]
            return "clusters" if _has_cluster(config.rootpath / file) else file

    return OneForClusters(config, log)


def _has_cluster(file: Path) -> bool:
    return any(map(file.is_relative_to, _CLUSTERS))


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


@pytest.fixture
def migrated_sqlite(tmp_path: Path) -> Path:
    """The file of a database of the test's own, with all tables."""
    from tests.migrated import migrated_sqlite

    file = tmp_path / "test.db"
    file.write_bytes(migrated_sqlite())
    return file


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> str:
    from tests.migrated import migrate_url

    name = postgres.new_database()
    migrate_url(postgres.url(name))
    return name


@pytest.fixture
def migrated_postgres_url(postgres: PostgresServer, migrated_postgres: str) -> Iterator[str]:
    """A database of the test's own, with all tables."""
    name = postgres.new_database(template=migrated_postgres)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest) -> str:
    """As `database_url`, with all tables."""
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('migrated_sqlite')}"
    url: str = request.getfixturevalue("migrated_postgres_url")
    return url
