"""A folder of recorded answers to multiple-choice questions → arrays, a place for each question.

`questions.jsonl.gz` has question_id, category, question and options; `outcomes.csv.gz` has
question_id, model, correct, output_chars and pred, the letter that was answered.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

QUESTIONS, OUTCOMES = "questions.jsonl.gz", "outcomes.csv.gz"
NO_LETTER = ""


class NoAnswers(Exception):
    """The folder is not such a one; the message says what is missing, and quotes nothing."""


@dataclass(frozen=True, slots=True)
class Answers:
    """One model's, in the order of the questions. `letters` are empty where none was found."""

    is_right: Flags
    letters: NDArray[np.str_]
    chars: Values


@dataclass(frozen=True, slots=True)
class AnsweredSet:
    """Questions of different wording that every named model has answered.

    `shapes` has what a question looks like, a column for each: logarithm of its characters, number
    of options, share of digits. `digest` is over both files.
    """

    name: str
    digest: str
    ids: tuple[str, ...]
    categories: NDArray[np.str_]
    shapes: Values = field(repr=False)
    answers: dict[str, Answers] = field(repr=False)

    def __len__(self) -> int:
        return len(self.ids)


def load(folder: Path, models: Sequence[str]) -> AnsweredSet:
    """Leaves out questions that one of the models has not answered, and those whose wording another
    has already. Raises NoAnswers.
    """
    try:
        contents = [(folder / name).read_bytes() for name in (QUESTIONS, OUTCOMES)]
    except OSError:
        raise NoAnswers(f"{folder} has no {QUESTIONS} and {OUTCOMES}") from None
    try:
        questions = {row["question_id"]: row for row in _rows(contents[0])}
        given: dict[str, dict[str, dict[str, str]]] = {model: {} for model in models}
        for line in csv.DictReader(_lines(contents[1])):
            if line["model"] in given:
                given[line["model"]][line["question_id"]] = line
        kept = [
            key
            for key in _of_different_wording(questions)
            if all(key in answers for answers in given.values())
        ]
        if not kept:
            raise NoAnswers(f"{folder} has no question that {', '.join(models)} have all answered")
        return AnsweredSet(
            name=folder.resolve().name,
            digest=f"sha256:{hashlib.sha256(b''.join(contents)).hexdigest()}",
            ids=tuple(kept),
            categories=np.array([str(questions[key]["category"]) for key in kept]),
            shapes=np.array([_shape(questions[key]) for key in kept]),
            answers={model: _answers(given[model], kept) for model in models},
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoAnswers(
            f"{folder} is no set of answers: {type(error).__name__}; its README says what is there"
        ) from None


def _of_different_wording(questions: dict[str, Any]) -> Iterator[str]:
    """Labels of two questions of the same wording are no two observations."""
    seen: set[str] = set()
    for key, question in questions.items():
        stem = " ".join(str(question["question"]).casefold().split())
        if stem not in seen:
            seen.add(stem)
            yield key


def _shape(question: dict[str, Any]) -> tuple[float, float, float]:
    text = str(question["question"])
    digits = sum(character.isdigit() for character in text)
    return float(np.log1p(len(text))), float(len(question["options"])), digits / max(1, len(text))


def _answers(given: dict[str, dict[str, str]], kept: Sequence[str]) -> Answers:
    rows = [given[key] for key in kept]
    return Answers(
        is_right=np.array([row["correct"] == "1" for row in rows], np.bool_),
        letters=np.array([row["pred"] for row in rows]),
        chars=np.array([float(row["output_chars"]) for row in rows]),
    )


def _rows(content: bytes) -> Iterator[dict[str, Any]]:
    for line in _lines(content):
        row = json.loads(line)
        yield row | {"question_id": str(row["question_id"])}


def _lines(content: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(gzip.GzipFile(fileobj=io.BytesIO(content)), encoding="utf-8")
