"""Real answers: two models on the questions of MMLU-Pro, mixed to be worse by exactly so much."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.gate_power.scenario import HARM, MARGIN, Mixed

PAIRS = (
    ("Meta-Llama-3_1-70B-Instruct", "Meta-Llama-3_1-8B-Instruct"),
    ("gemini-1.5-pro-002", "gemini-1.5-flash-002"),
)
"""Strong and weak: one pair far apart, of which few items have to move, and one close together."""


class NoAnswers(Exception):
    """The folder has no outcomes of these models."""


def mixed(folder: Path, pairs: Sequence[tuple[str, str]] = PAIRS) -> Iterator[Mixed]:
    """Reads outcomes.csv.gz (question_id, model, correct). Raises NoAnswers."""
    wanted = {model for pair in pairs for model in pair}
    correct: dict[str, dict[str, float]] = {model: {} for model in wanted}
    path = folder / "outcomes.csv.gz"
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["model"] in wanted:
                    correct[row["model"]][row["question_id"]] = float(row["correct"])
    except (OSError, KeyError, ValueError, EOFError) as error:
        raise NoAnswers(f"{path} cannot be read: {type(error).__name__}") from None
    for strong, weak in pairs:
        both = sorted(correct[strong].keys() & correct[weak].keys())
        if not both:
            raise NoAnswers(f"{path} has no questions that {strong} and {weak} both answered")
        better, worse = (
            np.array([correct[model][name] for name in both]) for model in (strong, weak)
        )
        for harm in (MARGIN, HARM):
            name = f"{strong} → {weak}, worse by {100 * harm:g}"
            yield Mixed(name, better, worse, harm)
