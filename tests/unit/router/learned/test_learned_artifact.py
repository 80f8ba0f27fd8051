"""A learned router is one file, which is read as it was written or refused."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from learned_cases import examples, fitted, header

from router.learned.artifact import BadArtifact, load_artifact, save_artifact


def test_a_router_that_was_saved_predicts_as_before(tmp_path: Path) -> None:
    estimator = fitted()
    path = tmp_path / "router.npz"
    save_artifact(header(estimator), estimator, path)
    read = load_artifact(path)
    inputs, _, _ = examples(20, seed=9)
    assert np.array_equal(read.estimator.predict(inputs), estimator.predict(inputs))
    assert read.header == header(estimator)
    assert len(read.sha256) == 64


def test_the_same_router_makes_the_same_file(tmp_path: Path) -> None:
    estimator = fitted()
    for name in ("one", "two"):
        save_artifact(header(estimator), estimator, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadArtifact, match="cannot be read"):
        load_artifact(tmp_path / "none.npz")


def test_arrays_of_another_shape_than_the_header_says_are_refused(tmp_path: Path) -> None:
    estimator = fitted()
    wrong = header(estimator).model_copy(update={"models": ("only@1",)})
    save_artifact(wrong, estimator, tmp_path / "router.npz")
    with pytest.raises(BadArtifact, match="do not fit"):
        load_artifact(tmp_path / "router.npz")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.data())
def test_a_damaged_file_is_refused_or_harmless(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "router.npz"
    if not path.exists():
        estimator = fitted()
        save_artifact(header(estimator), estimator, path)
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    damaged = tmp_path / "damaged.npz"
    damaged.write_bytes(content)
    with contextlib.suppress(BadArtifact):
        load_artifact(damaged)
