"""Weights: their digest, and noticing that they have changed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from serving.weights import MANIFEST, WeightsError, describe, ensure_directory, verify


@pytest.fixture
def checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    directory = tmp_path / "checkpoint"
    (directory / "nested").mkdir(parents=True)
    (directory / "config.json").write_text("{}")
    (directory / "nested" / "model.safetensors").write_bytes(b"weights")
    return directory


def test_the_digest_is_of_names_and_contents(checkpoint: Path, tmp_path: Path) -> None:
    before = describe(checkpoint)["weights_digest"]
    assert before.startswith("sha256:")
    copy = tmp_path / "copy"
    checkpoint.rename(copy)
    assert describe(copy)["weights_digest"] == before
    (copy / "config.json").rename(copy / "renamed.json")
    assert describe(copy)["weights_digest"] != before


def test_an_operators_directory_is_not_written_to(checkpoint: Path) -> None:
    before = sorted(checkpoint.rglob("*"))
    weights = ensure_directory(checkpoint)
    assert sorted(checkpoint.rglob("*")) == before
    assert weights.digest == describe(checkpoint)["weights_digest"]


def test_new_weights_in_an_operators_directory_have_a_new_digest(checkpoint: Path) -> None:
    before = ensure_directory(checkpoint).digest
    (checkpoint / "nested" / "model.safetensors").write_bytes(b"others")
    assert ensure_directory(checkpoint).digest != before


def test_only_a_full_look_notices_the_same_size_and_time(checkpoint: Path) -> None:
    file = checkpoint / "nested" / "model.safetensors"
    stat = file.stat()
    before = ensure_directory(checkpoint).digest
    file.write_bytes(b"WEIGHTS")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert ensure_directory(checkpoint).digest == before
    assert ensure_directory(checkpoint, full=True).digest != before


def test_a_directory_without_a_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"models\.yaml"):
        ensure_directory(tmp_path)


def test_a_converted_checkpoint_that_was_changed_is_refused(checkpoint: Path) -> None:
    (checkpoint / MANIFEST).write_text(json.dumps(describe(checkpoint)))
    verify(checkpoint, full=True)
    (checkpoint / "extra").touch()
    with pytest.raises(WeightsError, match="delete the directory"):
        verify(checkpoint)
