"""Which database a cluster has, and who can read its password."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from serving.cluster.database import open_database
from serving.cluster.database_url import VARIABLE, take_database_url
from serving.cluster.paths import ClusterPaths

URL = "postgresql+psycopg://ringfence:s3cret@db.example/ringfence"


@pytest.fixture
def paths(tmp_path: Path) -> ClusterPaths:
    paths = ClusterPaths(state=tmp_path / "state", run=tmp_path / "run")
    paths.create()
    return paths


def test_without_a_word_it_is_a_file_in_the_state_directory(paths: ClusterPaths) -> None:
    take_database_url(paths, None, {})
    assert paths.database_url == f"sqlite:///{paths.state / 'ringfence.db'}"


def test_what_the_environment_says_is_moved_into_a_private_file(paths: ClusterPaths) -> None:
    environ = {VARIABLE: URL, "HOME": "/"}
    take_database_url(paths, None, environ)
    assert environ == {"HOME": "/"}
    assert paths.database_url == URL
    assert stat.S_IMODE(paths.database_url_file.stat().st_mode) == 0o600


def test_a_later_start_goes_on_with_it(paths: ClusterPaths) -> None:
    take_database_url(paths, URL, {})
    take_database_url(paths, None, {})
    assert paths.database_url == URL


def test_the_option_goes_before_the_environment(paths: ClusterPaths) -> None:
    environ = {VARIABLE: "postgresql+psycopg://other.example/other"}
    take_database_url(paths, URL, environ)
    assert (paths.database_url, environ) == (URL, {})


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_other_tools_spellings_mean_the_same(paths: ClusterPaths, scheme: str) -> None:
    take_database_url(paths, URL.replace("postgresql+psycopg", scheme), {})
    assert paths.database_url == URL


def test_a_standby_may_be_named_beside_the_primary(paths: ClusterPaths) -> None:
    url = (
        "postgresql+psycopg://ringfence@/ringfence"
        "?host=a.example%3A5432&host=b.example%3A5432&target_session_attrs=read-write"
    )
    take_database_url(paths, url, {})
    assert paths.database_url == url


@pytest.mark.parametrize(
    "url",
    ["mysql://ringfence:s3cret@db.example/x", "s3cret", "postgresql+psycopg://s3cret@db.example"],
)
def test_another_database_is_refused_and_not_quoted(paths: ClusterPaths, url: str) -> None:
    with pytest.raises(ValueError, match=VARIABLE) as refused:
        take_database_url(paths, url, {})
    assert "s3cret" not in str(refused.value)
    assert not paths.database_url_file.exists()


def test_the_command_line_opens_the_same_database(paths: ClusterPaths, postgres_url: str) -> None:
    take_database_url(paths, postgres_url, {})
    engine = open_database(paths)
    assert engine.dialect.name == "postgresql"
    engine.dispose()
