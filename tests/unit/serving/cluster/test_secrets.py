"""Secrets: made once, private, and out of the environment."""

from __future__ import annotations

import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from serving.cluster.paths import ClusterPaths
from serving.cluster.secrets import ROOT_KEY_BYTES, ensure_secrets, take_credentials


def _paths(tmp_path: Path) -> ClusterPaths:
    paths = ClusterPaths(state=tmp_path / "state", run=tmp_path / "run")
    paths.create()
    return paths


def test_secrets_are_files_that_only_the_owner_reads(tmp_path: Path) -> None:
    paths = _paths(tmp_path)
    ensure_secrets(paths)
    files = [file for file in paths.secrets.rglob("*") if file.is_file()]
    assert len(files) == 7
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(paths.state.stat().st_mode) == 0o700
    assert len(paths.root_key.read_bytes()) == ROOT_KEY_BYTES


def test_secrets_stay_as_they_are(tmp_path: Path) -> None:
    paths = _paths(tmp_path)
    ensure_secrets(paths)
    before = {file: file.read_bytes() for file in paths.secrets.rglob("*") if file.is_file()}
    ensure_secrets(paths)
    assert {file: file.read_bytes() for file in before} == before


def test_the_public_half_verifies_what_the_private_half_signs(tmp_path: Path) -> None:
    paths = _paths(tmp_path)
    ensure_secrets(paths)
    private = Ed25519PrivateKey.from_private_bytes(paths.clearance_private_key.read_bytes())
    public = Ed25519PublicKey.from_public_bytes(paths.clearance_public_key.read_bytes())
    public.verify(private.sign(b"body"), b"body")


def test_a_pair_that_was_cut_in_two_is_made_again(tmp_path: Path) -> None:
    paths = _paths(tmp_path)
    ensure_secrets(paths)
    paths.clearance_private_key.unlink()
    ensure_secrets(paths)
    private = Ed25519PrivateKey.from_private_bytes(paths.clearance_private_key.read_bytes())
    public = Ed25519PublicKey.from_public_bytes(paths.clearance_public_key.read_bytes())
    public.verify(private.sign(b"body"), b"body")


def test_credentials_leave_the_environment(tmp_path: Path) -> None:
    paths = _paths(tmp_path)
    environ = {"OPENAI_API_KEY": "sk-1\n", "HOME": "/h"}
    names = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"]
    assert take_credentials(paths, names, environ) == {"OPENAI_API_KEY"}
    assert environ == {"HOME": "/h"}
    stored = paths.providers / "OPENAI_API_KEY"
    assert stored.read_text() == "sk-1"
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600


def test_a_stored_credential_stays_in_use_until_it_is_replaced(tmp_path: Path) -> None:
    paths = _paths(tmp_path)
    take_credentials(paths, ["OPENAI_API_KEY"], {"OPENAI_API_KEY": "first"})
    assert take_credentials(paths, ["OPENAI_API_KEY"], {}) == {"OPENAI_API_KEY"}
    take_credentials(paths, ["OPENAI_API_KEY"], {"OPENAI_API_KEY": "second"})
    assert (paths.providers / "OPENAI_API_KEY").read_text() == "second"


def test_an_empty_credential_is_none(tmp_path: Path) -> None:
    environ = {"OPENAI_API_KEY": " "}
    assert take_credentials(_paths(tmp_path), ["OPENAI_API_KEY"], environ) == frozenset()
    assert environ == {}
