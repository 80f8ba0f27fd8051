"""I3: a learned router, wired as gateways have it, orders what is permitted and permits nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from router.learned.artifact import Comparison, Header, save_artifact
from router.learned.cheap import NAMES
from router.learned.embedder import MiniLm
from router.learned.embedder_files import ensure
from router.learned.estimator import fit_estimator
from router.learned.inputs import inputs_of
from serving.weights import cache_root
from tests.bodies import CHAT, CONFIDENTIAL, chat
from tests.invariants.test_i3_routing_only_orders import Documents, evaluated
from tests.stack import Stack

__all__ = ["evaluated"]

MODELS = ("private-model@1", "fast-model@1", "openai-model@1")
EASY, HARD = "Summarise: the meeting is at noon.", "Summarise the proof of the spectral theorem."
TASK = {"x-ringfence-task": "summary"}


@cache
def encoder() -> MiniLm:
    return MiniLm(ensure(cache_root()))


def trained(file: Path, *, low: float) -> dict[str, str]:
    """Whatever is easy the fast model does as well; of the rest only the one outside is right."""
    texts = [f"{(EASY, HARD)[number % 2]} {number}" for number in range(80)]
    is_easy = np.arange(80) % 2 == 0
    scores = np.stack((is_easy, is_easy, ~is_easy), axis=1).astype(np.float32)
    embeddings = np.stack([encoder().embed(text) for text in texts])
    inputs = inputs_of(embeddings, texts, np.zeros(80, np.int64))
    estimator = fit_estimator(inputs, scores, 1, seed=1).estimator
    header = Header(
        schema=1,
        made_at=datetime(2026, 11, 22, tzinfo=UTC),
        ringfence="0.1.0",
        models=MODELS,
        tasks=("summary",),
        cheap_features=NAMES,
        embedder_digest=encoder().digest,
        training_digest="sha256:00",
        questions=80,
        width=estimator.width,
        cheap_weight=estimator.scale.cheap_weight,
        task_weight=estimator.scale.task_weight,
        far=estimator.far,
        comparison=Comparison(
            metric="share",
            learned=0.3,
            lookup=0.2,
            difference=0.1,
            low=low,
            high=0.2,
            questions=80,
            folds=5,
            resamples=100,
        ),
    )
    save_artifact(header, estimator, file)
    return {"artifact": str(file), "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}


def with_router(evaluated: Documents, said: dict[str, str]) -> Documents:
    def edit(models: dict[str, Any], policy: dict[str, Any]) -> None:
        evaluated(models, policy)
        policy["routing"]["learned"] = said

    return edit


def test_each_request_goes_where_it_is_expected_to_be_answered_best(
    own_stack: Callable[..., Stack], evaluated: Documents, tmp_path: Path
) -> None:
    stack = own_stack(edit=with_router(evaluated, trained(tmp_path / "router.npz", low=0.05)))
    hard, easy = (stack.post(CHAT, chat(f"{text} 100"), headers=TASK) for text in (HARD, EASY))
    assert hard.json()["model"] == "openai-model@1"
    assert easy.json()["model"] in ("fast-model@1", "private-model@1")
    assert "rank:learned" in hard.headers["x-ringfence-reasons"]
    stack.reset()
    stays = stack.post(CHAT, chat(f"{HARD} {CONFIDENTIAL}"), headers=TASK)
    assert stays.status_code == 200
    assert stack.arrived_outside() == []


def test_one_that_is_no_better_than_the_lookup_by_task_is_off(
    own_stack: Callable[..., Stack],
    evaluated: Documents,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stack = own_stack(edit=with_router(evaluated, trained(tmp_path / "router.npz", low=-0.05)))
    answer = stack.post(CHAT, chat(HARD), headers=TASK)
    assert "rank:learned" not in answer.headers["x-ringfence-reasons"]
    assert "the learned router is off: it is not better than the task lookup" in caplog.text
