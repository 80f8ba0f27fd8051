"""Which database a cluster has, and who can read its password."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from serving.cluster.accounts import first_key
from serving.cluster.database import open_database
from serving.cluster.database_url import (
    VARIABLE,
    refuse_another_database,
    take_database_url,
)
from serving.cluster.paths import ClusterPaths

URL = "postgresql+psycopg://ringfence:s3cret@db.example/ringfence"
OPEN_URL = "postgresql+psycopg://ringfence@db.example/ringfence?passfile=%2Fetc%2Fringfence%2Fpass"


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
    take_database_url(paths, OPEN_URL, {})
    take_database_url(paths, None, {})
    take_database_url(paths, OPEN_URL, {})
    assert paths.database_url == OPEN_URL


def test_the_option_goes_before_the_environment(paths: ClusterPaths) -> None:
    environ = {VARIABLE: "postgresql+psycopg://other.example/other"}
    take_database_url(paths, OPEN_URL, environ)
    assert (paths.database_url, environ) == (OPEN_URL, {})


@pytest.mark.parametrize(
    "url", [URL, f"{OPEN_URL}&password=s3cret", "postgresql://:s3cret@/ringfence?host=%2Frun"]
)
def test_a_password_on_the_command_line_is_refused_and_not_quoted(
    paths: ClusterPaths, url: str
) -> None:
    with pytest.raises(ValueError, match=VARIABLE) as refused:
        take_database_url(paths, url, {})
    assert "s3cret" not in str(refused.value)
    assert not paths.database_url_file.exists()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_other_tools_spellings_mean_the_same(paths: ClusterPaths, scheme: str) -> None:
    take_database_url(paths, None, {VARIABLE: URL.replace("postgresql+psycopg", scheme)})
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


def test_every_command_refuses_another_database_than_the_clusters(
    paths: ClusterPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, URL)
    with pytest.raises(ValueError, match=r"--state-dir") as refused:
        open_database(paths)
    assert "s3cret" not in str(refused.value)
    assert not paths.root_key.exists()


@given(
    st.text(max_size=200).filter(str.strip)
    | st.from_regex(r"postgresql://\S*s3cret\S*", fullmatch=True)
)
@example("postgresql://ringfence:s3cret@db.example:s3cret/ringfence")
@example("postgresql://ringfence:s3cret@[::1/ringfence")
def test_whatever_the_environment_says_is_refused_and_not_quoted(said: str) -> None:
    nowhere = ClusterPaths(state=Path("/nowhere/state"), run=Path("/nowhere/run"))
    with pytest.raises(ValueError, match=VARIABLE) as refused:
        refuse_another_database(nowhere, {VARIABLE: said})
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("spelling", ["postgresql", "postgresql+psycopg"])
def test_the_clusters_own_may_be_named_again(
    paths: ClusterPaths, postgres_url: str, monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    take_database_url(paths, postgres_url, {})
    said = postgres_url.replace("postgresql+psycopg", spelling)
    monkeypatch.setenv(VARIABLE, said)
    engine = open_database(paths)
    assert engine.dialect.name == "postgresql"
    engine.dispose()


def test_no_start_leaves_keys_behind_for_an_empty_database(
    paths: ClusterPaths, postgres_url: str
) -> None:
    first_key(paths)
    with pytest.raises(ValueError, match="copy them first"):
        take_database_url(paths, postgres_url, {})
    assert paths.database_url.startswith("sqlite")


def test_a_database_with_keys_in_it_may_take_the_place_of_another(
    paths: ClusterPaths, postgres_url: str, tmp_path: Path
) -> None:
    """A copy on another host, or the same one by another name."""
    first_key(paths)
    other = ClusterPaths(state=tmp_path / "other", run=tmp_path / "other-run")
    other.create()
    take_database_url(other, postgres_url, {})
    first_key(other)
    take_database_url(paths, postgres_url, {})
    assert paths.database_url == other.database_url


def test_an_old_database_that_cannot_be_asked_may_have_keys_in_it(
    paths: ClusterPaths, postgres_url: str
) -> None:
    gone = "postgresql+psycopg://ringfence@/ringfence?host=%2Fnowhere"
    take_database_url(paths, gone, {})
    with pytest.raises(ValueError, match="copy them first"):
        take_database_url(paths, postgres_url, {})
    assert paths.database_url == gone
