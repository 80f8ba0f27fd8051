"""Quality figures of a model, out of the record of an evaluation that models.yaml refers to.

A record of quality is a JSON object with, beside what else it says of its run:

    schema, kind    1 and "quality"
    model           {"key": "id@version", "weights_digest": "sha256:…" or null}
    quality         by task: {"items", "mean", "low", "high"}, scores in [0, 1]
    suites          [{"name", "task", …}]
    outcomes        [{"suite", "model", "output_tokens", …}], one for each item

Figures are of one model in one version: those of another, or of other weights, are refused.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from router.domain import Json, JsonObject
from router.registry.card import QualityFigure
from router.registry.records import RecordProblem
from router.task import Task

QUALITY = "quality"
"""The name in `measured` under which a model has its record."""

_ANOTHER = "name a record of this model, as `ringfence bench quality` makes it, and its digest"


def quality_of(
    record: JsonObject, key: str, weights_digest: str | None
) -> Mapping[Task, QualityFigure]:
    """The figures of the model `key`. Raises RecordProblem for a record that is not of it.

    `weights_digest` is what models.yaml expects, None where it says nothing. What the record calls
    by no task's name, such as a suite of safety, orders no model and is left out.
    """
    if record.get("schema") != 1 or record.get("kind") != QUALITY:
        raise RecordProblem("the record is none of quality, or of another schema", _ANOTHER)
    model = record.get("model")
    if not isinstance(model, dict) or model.get("key") != key:
        raise RecordProblem(f"the record is of another model than {key}", _ANOTHER)
    measured = model.get("weights_digest")
    if weights_digest is not None and measured is not None and measured != weights_digest:
        raise RecordProblem(
            f"the record is of other weights than those of {key}",
            "evaluate the model with these weights, and name that record",
        )
    said = record.get(QUALITY)
    if not isinstance(said, dict):
        raise RecordProblem("the record has no figures under `quality`", _ANOTHER)
    lengths = _output_tokens(record, key)
    known = {task.value: task for task in Task}
    return {
        known[name]: _figure(name, figure, lengths.get(name))
        for name, figure in said.items()
        if name in known
    }


def _figure(task: str, said: Json, output_tokens: float | None) -> QualityFigure:
    figures = said if isinstance(said, dict) else {}
    items = figures.get("items")
    scores = [_score(figures.get(name)) for name in ("low", "mean", "high")]
    low, mean, high = scores
    is_count = isinstance(items, int) and not isinstance(items, bool) and items >= 1
    if not is_count or low is None or mean is None or high is None or not low <= mean <= high:
        raise RecordProblem(
            f"the figure of {task} is none: it needs `items`, and low ≤ mean ≤ high in 0 to 1",
            _ANOTHER,
        )
    return QualityFigure(int(str(items)), mean, low, high, output_tokens)


def _score(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= 1 else None


def _output_tokens(record: JsonObject, key: str) -> dict[str, float]:
    """The mean length of the model's own answers, by the name of their task."""
    suites = {suite.get("name"): suite.get("task") for suite in _objects(record.get("suites"))}
    lengths: dict[str, list[int]] = {}
    for outcome in _objects(record.get("outcomes")):
        task, tokens = suites.get(outcome.get("suite")), outcome.get("output_tokens")
        counts = isinstance(tokens, int) and not isinstance(tokens, bool) and tokens >= 0
        if isinstance(task, str) and counts and outcome.get("model") == key:
            lengths.setdefault(task, []).append(int(str(tokens)))
    return {task: sum(counts) / len(counts) for task, counts in lengths.items()}


def _objects(value: Json) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
