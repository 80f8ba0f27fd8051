"""Before Ray a pod copies its secrets, so that nobody but itself reads them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from serving.cluster.paths import ClusterPaths
from serving.detection.neural.model_files import locate
from serving.external.credentials import FileSecret
from serving.kuberay.prepare import prepare


def mounted(secrets: Path, name: str, **files: str) -> None:
    """As the kubelet lays out a Secret: links into a hidden directory, readable for a group."""
    versioned = secrets / name / "..2026_11_22"
    versioned.mkdir(parents=True)
    (secrets / name / "..data").symlink_to(versioned.name)
    for file, content in files.items():
        (versioned / file).write_text(content)
        (versioned / file).chmod(0o440)
        (secrets / name / file).symlink_to(Path("..data") / file)


@pytest.fixture
def paths(tmp_path: Path) -> ClusterPaths:
    secrets = tmp_path / "secrets"
    mounted(secrets, "gateway", **{"root.key": "r", "database.url": "postgresql+psycopg://db/x"})
    mounted(secrets, "providers", OPENAI_API_KEY="k")
    prepare(secrets, tmp_path / "state", tmp_path / "haproxy")
    return ClusterPaths.of(tmp_path / "state")


def test_secrets_are_where_they_are_read_and_nobody_else_reads_them(paths: ClusterPaths) -> None:
    assert paths.root_key.read_text() == "r"
    assert paths.database_url == "postgresql+psycopg://db/x"
    assert FileSecret(paths.providers / "OPENAI_API_KEY")() == "k"
    files = [path for path in paths.secrets.rglob("*") if path.is_file()]
    assert len(files) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_the_ingress_has_its_program_and_its_directory(paths: ClusterPaths, tmp_path: Path) -> None:
    assert paths.ingress_program.stat().st_mode & stat.S_IXUSR
    assert (tmp_path / "haproxy").is_dir()


def test_a_pod_that_starts_again_prepares_again(paths: ClusterPaths, tmp_path: Path) -> None:
    prepare(tmp_path / "secrets", tmp_path / "state", tmp_path / "haproxy")
    assert paths.root_key.read_text() == "r"


def test_in_an_empty_cache_gateways_alone_get_a_detectors_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    mounted(tmp_path / "of-an-adapter", "providers", OPENAI_API_KEY="k")
    prepare(tmp_path / "of-an-adapter", tmp_path / "adapter", tmp_path / "haproxy")
    assert not cache.exists()
    mounted(tmp_path / "of-a-gateway", "gateway", **{"root.key": "r"})
    prepare(tmp_path / "of-a-gateway", tmp_path / "gateway", tmp_path / "haproxy")
    assert locate().model.is_relative_to(cache)
