"""Where a cluster may listen."""

from __future__ import annotations

from pathlib import Path

import pytest

from serving.cluster.exposure import is_loopback, refuse_exposure

RAY_TLS = {
    "RAY_USE_TLS": "1",
    "RAY_TLS_SERVER_CERT": "c",
    "RAY_TLS_SERVER_KEY": "k",
    "RAY_TLS_CA_CERT": "a",
}


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    file = tmp_path / "pem"
    file.touch()
    return file


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_needs_nothing(host: str) -> None:
    assert is_loopback(host)
    refuse_exposure(host, None, None, False, {})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "127.0.0.1.example.org"])
def test_off_loopback_names_both_that_are_missing(host: str) -> None:
    with pytest.raises(ValueError, match=r"TLS at the ingress.*TLS on Ray's own ports"):
        refuse_exposure(host, None, None, False, {})


def test_tls_at_the_ingress_alone_is_not_enough(pem: Path) -> None:
    with pytest.raises(ValueError, match="no TLS on Ray's own ports"):
        refuse_exposure("0.0.0.0", pem, pem, False, {})


def test_half_of_rays_tls_is_none(pem: Path) -> None:
    with pytest.raises(ValueError, match="RAY_TLS_CA_CERT"):
        refuse_exposure("0.0.0.0", pem, pem, False, {**RAY_TLS, "RAY_TLS_CA_CERT": ""})


def test_both_will_do(pem: Path) -> None:
    refuse_exposure("0.0.0.0", pem, pem, False, RAY_TLS)


def test_saying_so_in_so_many_words_will_do() -> None:
    refuse_exposure("0.0.0.0", None, None, True, {})


def test_a_certificate_without_its_key_is_refused(pem: Path) -> None:
    with pytest.raises(ValueError, match="come together"):
        refuse_exposure("127.0.0.1", pem, None, False, {})


def test_a_certificate_that_is_not_there_is_refused(pem: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not a file"):
        refuse_exposure("127.0.0.1", tmp_path / "absent", pem, False, {})
