"""A folder of recorded outcomes → an OutcomeSet.

`questions.jsonl[.gz]` has `question_id`, `question`, and may have `options` and a task, called
`task` or `category`. Nothing else of a question is read: what says where it was published, such as
`src`, is nothing that a request has. `outcomes.csv[.gz]` has `question_id`, `model`, a score called
`correct` or `score`, and `cost_usd`, or `output_chars` for a model that has a price; `pred`, if
there is one, is the short answer that was read out of it.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.routing.outcomes import Floats, Ints, OutcomeSet, digest_of
from benchmarks.routing.prices import ModelPrice

MIN_COVERAGE = 0.95
"""Of the questions: a model that answered fewer is left out, and not the questions."""
NO_TASK = "general"


class BadOutcomes(Exception):
    """A folder that holds no outcomes; the message names the file and the cure, and no content."""


@dataclass(frozen=True, slots=True)
class _Question:
    stem: str = field(repr=False)
    text: str = field(repr=False)
    task: str


def load_outcomes(folder: Path, prices: Mapping[str, ModelPrice]) -> OutcomeSet:
    """Reads the two files. Raises BadOutcomes."""
    questions = _questions(_file(folder, "questions.jsonl"))
    path = _file(folder, "outcomes.csv")
    scores, costs, answers, models = _outcomes(path, questions, prices)
    coverage = (~np.isnan(scores)).mean(axis=0)
    kept = coverage >= MIN_COVERAGE
    left_out = [
        f"{model}: {share:.0%} of the questions answered"
        for model, share, is_kept in zip(models, coverage, kept, strict=True)
        if not is_kept
    ]
    whole = ~np.isnan(scores[:, kept]).any(axis=1)
    if kept.sum() < 2 or not whole.any():
        raise BadOutcomes(f"{path} has no two models that answered the same questions")
    if not whole.all():
        left_out.append(f"{int((~whole).sum())} questions that some model did not answer")
    rows = np.flatnonzero(whole)
    names = tuple(model for model, is_kept in zip(models, kept, strict=True) if is_kept)
    ids = tuple(questions)
    every = tuple(questions.values())
    task_names = tuple(sorted({question.task for question in every}))
    chosen = tuple(ids[row] for row in rows)
    texts = tuple(every[row].text for row in rows)
    quality, cost_usd = scores[rows][:, kept], costs[rows][:, kept]
    return OutcomeSet(
        name=folder.resolve().name,
        digest=digest_of(chosen, texts, quality, cost_usd),
        ids=chosen,
        texts=texts,
        stems=tuple(every[row].stem for row in rows),
        task_names=task_names,
        tasks=np.array([task_names.index(every[row].task) for row in rows], np.int64),
        models=names,
        is_on_prem=tuple(name in prices and prices[name].is_on_prem for name in names),
        quality=quality,
        cost_usd=cost_usd,
        left_out=tuple(left_out),
        answers=answers[rows][:, kept] if (answers >= 0).any() else None,
    )


def request_text(question: str, options: tuple[str, ...]) -> str:
    """What a client sends: the question, and its options with letters, a line each."""
    lettered = zip(string.ascii_uppercase, options, strict=False)
    return "\n".join((question, *(f"{letter}. {option}" for letter, option in lettered)))


def _questions(path: Path) -> dict[str, _Question]:
    questions = {}
    for number, line in enumerate(_text(path), 1):
        try:
            row = json.loads(line)
            options = tuple(str(option) for option in row.get("options") or ())
            questions[str(row["question_id"])] = _Question(
                str(row["question"]),
                request_text(str(row["question"]), options),
                str(row.get("task") or row.get("category") or NO_TASK),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadOutcomes(
                f"{path}, line {number}: a question is a JSON object with question_id and question"
            ) from None
    if not questions:
        raise BadOutcomes(f"{path} has no questions")
    return questions


def _outcomes(
    path: Path, questions: dict[str, _Question], prices: Mapping[str, ModelPrice]
) -> tuple[Floats, Floats, Ints, tuple[str, ...]]:
    """Scores, costs and answers, questions x models; NaN and -1 where there is none."""
    rows = {question_id: row for row, question_id in enumerate(questions)}
    chars = [len(question.text) for question in questions.values()]
    columns: dict[str, int] = {}
    cells: list[tuple[int, int, float, float, int]] = []
    numbers: dict[str, int] = {"": -1}
    for number, line in enumerate(csv.DictReader(_text(path)), 2):
        try:
            row = rows.get(line["question_id"])
            if row is None:
                continue
            model = line["model"]
            said = line.get("correct") or line.get("score")
            score = float(said or "")
            cost_usd = _cost_usd(line, model, chars[row], prices)
        except (ValueError, KeyError, TypeError):
            raise BadOutcomes(
                f"{path}, line {number}: an outcome has question_id, model, correct or score, and "
                "output_chars or cost_usd"
            ) from None
        if not 0 <= score <= 1 or not 0 <= cost_usd < float("inf"):
            raise BadOutcomes(f"{path}, line {number}: a score is from 0 to 1, a cost at least 0")
        answer = numbers.setdefault(line.get("pred") or "", len(numbers))
        cells.append((row, columns.setdefault(model, len(columns)), score, cost_usd, answer))
    shape = (len(questions), len(columns))
    scores, costs = np.full(shape, np.nan), np.full(shape, np.nan)
    answers = np.full(shape, -1, np.int64)
    if cells:
        at_row, at_column, all_scores, all_costs, all_answers = zip(*cells, strict=True)
        scores[at_row, at_column] = all_scores
        costs[at_row, at_column] = all_costs
        answers[at_row, at_column] = all_answers
    order = sorted(range(len(columns)), key=lambda column: tuple(columns)[column])
    names = tuple(sorted(columns))
    return scores[:, order], costs[:, order], answers[:, order], names


def _cost_usd(
    line: Mapping[str, Any], model: str, input_chars: int, prices: Mapping[str, ModelPrice]
) -> float:
    if line.get("cost_usd"):
        return float(line["cost_usd"])
    price = prices.get(model)
    if price is None:
        raise BadOutcomes(f"{model} has no price: write it into a file and give --prices")
    return price.usd(input_chars, float(line["output_chars"]))


def _file(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    raise BadOutcomes(f"{folder} has no {name}, nor {name}.gz")


def _text(path: Path) -> Iterator[str]:
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        yield from io.StringIO(content.decode("utf-8"))
    except (OSError, EOFError, UnicodeDecodeError):
        raise BadOutcomes(f"{path} cannot be read as text") from None
