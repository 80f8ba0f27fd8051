"""What a cluster is started with, and the environment that follows from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from serving.cluster.launch import Launch
from serving.cluster.ray_environment import ray_environment
from tests.unit.serving.cluster.launches import launch


def test_a_launch_is_read_as_it_was_saved(tmp_path: Path) -> None:
    said = launch(tmp_path, simulated=("openai",))
    said.paths.create()
    said.save(said.paths)
    assert Launch.load(said.paths) == said


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),
        ("::1", "http://[::1]:8080"),
    ],
)
def test_the_url_is_one_to_paste(tmp_path: Path, host: str, url: str) -> None:
    assert launch(tmp_path, host=host).url == url


def test_ray_is_never_open(tmp_path: Path) -> None:
    environment = ray_environment(launch(tmp_path), {"RAY_AUTH_MODE": "disabled"})
    assert environment["RAY_AUTH_MODE"] == "token"
    assert environment["RAY_AUTH_TOKEN_PATH"].endswith("secrets/ray.token")


def test_no_proxy_is_taken_from_the_environment(tmp_path: Path) -> None:
    inherited = {"HTTPS_PROXY": "http://p", "http_proxy": "http://p", "PATH": "/bin"}
    environment = ray_environment(launch(tmp_path), inherited)
    assert not {name for name in environment if name.lower().endswith("_proxy")} - {
        "RAY_SERVE_ENABLE_HA_PROXY"
    }
    assert environment["PATH"] == "/bin"


def test_two_clusters_share_no_file_and_no_port(tmp_path: Path) -> None:
    one = ray_environment(launch(tmp_path / "one"), {})
    two = ray_environment(launch(tmp_path / "two"), {})
    files = [name for name, value in one.items() if value.startswith("/")]
    assert len(files) >= 6
    assert all(one[name] != two[name] for name in files)


def test_with_tls_the_ingress_is_serves_own(tmp_path: Path) -> None:
    plain = ray_environment(launch(tmp_path), {})
    secured = ray_environment(launch(tmp_path, tls_cert="/c", tls_key="/k"), {})
    assert plain["RAY_SERVE_ENABLE_HA_PROXY"] == "1"
    assert secured["RAY_SERVE_ENABLE_HA_PROXY"] == "0"
