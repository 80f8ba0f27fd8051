"""The encoder that gateways run: texts of like meaning are near, whatever else they are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.learned.embedder import MiniLm
from router.learned.embedder_files import EmbedderMissing, ensure
from serving.weights import cache_root


@pytest.fixture(scope="module")
def encoder() -> MiniLm:
    return MiniLm(ensure(cache_root()))


def test_texts_of_like_meaning_are_nearer_than_others(encoder: MiniLm) -> None:
    reset, forgot, maths = (
        encoder.embed(text)
        for text in (
            "How do I reset my password?",
            "I forgot my password, what now?",
            "The derivative of x squared is 2x.",
        )
    )
    assert reset @ forgot > max(reset @ maths, forgot @ maths) + 0.1


def test_a_text_has_the_same_vector_each_time(encoder: MiniLm) -> None:
    assert np.array_equal(encoder.embed("the same"), encoder.embed("the same"))


def test_of_a_long_text_the_beginning_counts(encoder: MiniLm) -> None:
    beginning = "A lease ends when its term is over. " * 40
    assert np.array_equal(
        encoder.embed(beginning + "x" * 100_000), encoder.embed(beginning + "y" * 100_000)
    )


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(), max_size=200))
def test_any_text_has_a_vector_of_unit_length(encoder: MiniLm, text: str) -> None:
    vector = encoder.embed(text)
    assert vector.shape == (384,)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-4)


def test_a_graph_that_is_not_what_its_manifest_says_is_refused(tmp_path: Path) -> None:
    made = ensure(cache_root()).graph.parent
    target = tmp_path / made.name
    target.mkdir()
    (target / "encoder.onnx").write_bytes(b"something else")
    (target / "manifest.json").write_text(json.dumps({"sha256": "0" * 64}))
    with pytest.raises(EmbedderMissing, match="delete the directory"):
        ensure(tmp_path)
