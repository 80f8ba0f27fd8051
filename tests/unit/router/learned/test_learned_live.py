"""A learned router is off unless it earned it, silent where it is lost, and never permits."""

from __future__ import annotations

from pathlib import Path

import pytest
from learned_cases import MODELS, WordEncoder, fitted, header

from router.learned.artifact import Artifact, load_artifact, save_artifact
from router.learned.live import LearnedRouter, is_allowed


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    return made(tmp_path)


def made(folder: Path, *, low: float = 0.02) -> Artifact:
    estimator = fitted()
    save_artifact(header(estimator, low=low), estimator, folder / "router.npz")
    return load_artifact(folder / "router.npz")


def test_one_that_beats_the_lookup_with_confidence_may_route(artifact: Artifact) -> None:
    assert is_allowed(artifact, WordEncoder.digest, MODELS).is_allowed


@pytest.mark.parametrize("low", [0.0, -0.01])
def test_one_that_may_be_no_better_than_the_lookup_stays_off(tmp_path: Path, low: float) -> None:
    verdict = is_allowed(made(tmp_path, low=low), WordEncoder.digest, MODELS)
    assert not verdict.is_allowed
    assert "not better than the task lookup" in str(verdict.reason)


def test_one_of_another_encoder_stays_off(artifact: Artifact) -> None:
    verdict = is_allowed(artifact, "sha256:other", MODELS)
    assert not verdict.is_allowed
    assert "encoder" in str(verdict.reason)


def test_one_that_knows_models_of_another_registry_stays_off(artifact: Artifact) -> None:
    verdict = is_allowed(artifact, WordEncoder.digest, MODELS[:1])
    assert not verdict.is_allowed
    assert MODELS[1] in str(verdict.reason)


def test_it_says_how_good_each_model_it_learned_will_be(artifact: Artifact) -> None:
    router = LearnedRouter(artifact, WordEncoder())
    told = router.expected_quality("please eigenvalue tensor manifold now", "maths")
    assert told is not None
    assert set(told) == set(MODELS)
    assert told["large@1"] > told["small@1"]


@pytest.mark.parametrize("text", ["zebra xylophone quark", "", "   "])
def test_it_says_nothing_of_what_is_unlike_all_it_learned(artifact: Artifact, text: str) -> None:
    assert LearnedRouter(artifact, WordEncoder()).expected_quality(text, "maths") is None


def test_a_task_it_never_saw_is_one_that_is_not_known(artifact: Artifact) -> None:
    router = LearnedRouter(artifact, WordEncoder())
    assert router.expected_quality("please apples coins shop now", "poetry") is not None
