"""What all of the session's tests share, started once and when needed: providers, PostgreSQL. And
their order.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
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

_ALONE = tuple(Path(__file__).parent / name for name in ("contracts", "unit"))
"""Tests of files that need nothing of each other: any worker takes any file."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The engine's tests go first, and the engine with them: it would only be in the way of others.
    Then the rest of what needs processes.
    """

    def turn(item: pytest.Item) -> int:
        if item.get_closest_marker("engine"):
            return 0
        return 2 if any(map(item.path.is_relative_to, _ALONE)) else 1

    items.sort(key=turn)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """What needs processes goes to one worker, so that its clusters come one after the other; the
    others have all the rest meanwhile, file by file.
    """
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class OneForProcesses(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types here
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::", 1)[0]
            alone = any(map((config.rootpath / file).is_relative_to, _ALONE))
            return file if alone else "processes"

    return OneForProcesses(config, log)


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


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """As `database_url`, with all tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('migrated_sqlite')}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.new_database(template=request.getfixturevalue("migrated_postgres"))
    yield server.url(name)
    server.drop(name)
