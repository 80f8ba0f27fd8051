"""MMLU-Pro: multiple choice among up to ten, of 14 fields (Wang et al., 2024).

Reads `questions.jsonl.gz`, a row a question: question_id, category, question, options, answer.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.privacy.generated.draw import Draw
from benchmarks.quality.item import Item
from benchmarks.quality.loaders.choices import LETTERS, choice_item
from benchmarks.quality.loaders.sampled import sampled
from benchmarks.quality.loaders.source import SetAbsent, rows

_FILE = "questions.jsonl.gz"


def load(folder: Path, seed: int, count: int) -> tuple[Item, ...]:
    """`count` of them, the same for a seed, of all fields as evenly as can be. Raises SetAbsent."""
    try:
        found = [
            (
                str(row["category"]),
                choice_item(
                    row["question"],
                    row["options"],
                    LETTERS.index(row["answer"]),
                    group=str(row["category"]),
                    more={"source_id": str(row["question_id"])},
                ),
            )
            for row in rows(folder / _FILE)
            if len(row["options"]) <= len(LETTERS)
        ]
    except (KeyError, TypeError, ValueError):
        raise SetAbsent(f"{_FILE} in {folder} has rows of another form") from None
    return sampled(found, Draw(seed, "mmlu_pro"), count)
