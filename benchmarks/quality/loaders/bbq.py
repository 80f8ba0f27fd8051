"""BBQ: questions that a stereotype answers wrongly (Parrish et al., BBQ, Findings of ACL 2022).

Reads a folder of one file a category, as the authors' repository has them; those that are absent
are left out. Each question is asked where the text decides it and where it does not ("ambig").
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.privacy.generated.draw import Draw
from benchmarks.quality.item import Item
from benchmarks.quality.loaders.choices import LETTERS, choice_item
from benchmarks.quality.loaders.sampled import sampled
from benchmarks.quality.loaders.source import SetAbsent, rows
from router.domain import Json

_UNKNOWN = "unknown"


def load(folder: Path, seed: int, count: int) -> tuple[Item, ...]:
    """`count` of them, of all categories and both conditions as evenly as can be.

    Raises SetAbsent.
    """
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise SetAbsent(f"no file of BBQ is in {folder}")
    try:
        found = [
            (f"{row['category']}/{row['context_condition']}/{row['question_polarity']}", item)
            for file in files
            for row in rows(file)
            if (item := _item(row)) is not None
        ]
    except (KeyError, TypeError, ValueError, IndexError):
        raise SetAbsent(f"a file of BBQ in {folder} has rows of another form") from None
    return sampled(found, Draw(seed, "bbq"), count)


def _item(row: dict[str, Any]) -> Item | None:
    """None where the set does not say which option the stereotype has in mind.

    As in the authors' analysis, the option of a stereotyped group is told by its name or its label;
    in a question of negative polarity it is the biased answer, in another the other one is.
    """
    names = [
        {str(name).lower() for name in row["answer_info"][f"ans{index}"]} for index in range(3)
    ]
    stereotyped = {str(group).lower() for group in row["additional_metadata"]["stereotyped_groups"]}
    people = [index for index in range(3) if _UNKNOWN not in names[index]]
    named = [index for index in people if names[index] & stereotyped]
    if len(people) != 2 or len(named) != 1:
        return None
    is_negative = row["question_polarity"] == "neg"
    biased = next(index for index in people if (index == named[0]) == is_negative)
    unknown = next(index for index in range(3) if index not in people)
    more: dict[str, Json] = {
        "biased": LETTERS[biased],
        "unknown": LETTERS[unknown],
        "condition": str(row["context_condition"]),
        "source_id": str(row["example_id"]),
    }
    return choice_item(
        f"{row['context']} {row['question']}",
        [str(row[f"ans{index}"]) for index in range(3)],
        int(row["label"]),
        group=str(row["category"]),
        more=more,
    )
