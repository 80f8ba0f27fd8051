"""Quality figures come from a record of this very model, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from registry_documents import built, own, recorded, refused, registry_document

from router.registry.card import QualityFigure
from router.registry.quality import quality_of
from router.registry.records import RecordProblem
from router.task import Task

DIGEST = "sha256:" + "a" * 64


def record(**changes: Any) -> dict[str, Any]:
    return {
        "schema": 1,
        "kind": "quality",
        "id": "quality-20261122T120000Z-0000000",
        "model": {"key": "own@1", "weights_digest": DIGEST},
        "suites": [{"name": "notes", "task": "summary"}, {"name": "probes", "task": "safety"}],
        "outcomes": [
            {"suite": "notes", "model": "own@1", "score": 1, "output_tokens": 100},
            {"suite": "notes", "model": "own@1", "score": 0, "output_tokens": 50},
            {"suite": "notes", "model": "else@1", "score": 0, "output_tokens": 9_999},
        ],
        "quality": {
            "summary": {"items": 2, "mean": 0.5, "low": 0.1, "high": 0.9},
            "safety": {"items": 2, "mean": 1.0, "low": 0.9, "high": 1.0},
        },
    } | changes


def test_a_model_has_the_figures_of_its_record(tmp_path: Path) -> None:
    reference = recorded(tmp_path, "quality.json", **record())
    document = registry_document(own(measured={"quality": reference}, weights_digest=DIGEST))
    card = built(document, tmp_path).entries["own@1"].card
    assert card.quality == {Task.SUMMARY: QualityFigure(2, 0.5, 0.1, 0.9, output_tokens=75.0)}


def test_a_model_without_a_record_has_no_figures(tmp_path: Path) -> None:
    assert built(registry_document(own()), tmp_path).entries["own@1"].card.quality == {}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "schema": ({"schema": 2}, "none of quality"),
    "kind": ({"kind": "throughput"}, "none of quality"),
    "tier": ({"model": None}, "another model than own@1"),
    "version": ({"model": {"key": "own@2"}}, "another model than own@1"),
    "weights": ({"model": {"key": "own@1", "weights_digest": "sha256:" + "b" * 64}}, "weights"),
    "figures": ({"quality": []}, "no figures"),
    **{
        f"figure {number}": ({"quality": {"summary": figure}}, "the figure of summary is none")
        for number, figure in enumerate(
            [
                None,
                {"items": 0, "mean": 0.5, "low": 0.4, "high": 0.6},
                {"items": True, "mean": 0.5, "low": 0.4, "high": 0.6},
                {"items": 9, "mean": 0.3, "low": 0.4, "high": 0.6},
                {"items": 9, "mean": 1.5, "low": 0.4, "high": 1.6},
                {"items": 9, "mean": "0.5", "low": 0.4, "high": 0.6},
            ]
        )
    },
}


@pytest.mark.parametrize(("changes", "says"), WRONG.values(), ids=WRONG)
def test_a_record_of_something_else_is_refused(
    tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    reference = recorded(tmp_path, "quality.json", **record(**changes))
    document = registry_document(own(measured={"quality": reference}, weights_digest=DIGEST))
    (problem,) = refused(document, tmp_path)
    assert says in problem.problem
    assert problem.cure
    assert problem.line is not None


def test_weights_that_nobody_named_are_not_compared() -> None:
    assert quality_of(record(), "own@1", None)
    unnamed = record(model={"key": "own@1", "weights_digest": None})
    assert quality_of(json.loads(json.dumps(unnamed)), "own@1", DIGEST)
    with pytest.raises(RecordProblem):
        quality_of(record(), "own@1", "sha256:" + "c" * 64)
