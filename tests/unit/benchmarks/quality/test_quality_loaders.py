"""Sets that others made: read as they are, sampled evenly, and said to be absent where they are."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.quality.loaders import bbq, mmlu_pro
from benchmarks.quality.loaders.source import SetAbsent


def bbq_row(number: int, condition: str = "ambig", polarity: str = "neg") -> dict[str, Any]:
    return {
        "example_id": number,
        "question_polarity": polarity,
        "context_condition": condition,
        "category": "Age",
        "answer_info": {
            "ans0": ["the older", "old"],
            "ans1": ["the younger", "nonOld"],
            "ans2": ["unknown", "unknown"],
        },
        "additional_metadata": {"stereotyped_groups": ["old"]},
        "context": f"Context {number}.",
        "question": "Who was slow?",
        "ans0": "The older one",
        "ans1": "The younger one",
        "ans2": "Can't be determined",
        "label": 2 if condition == "ambig" else 1,
    }


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    text = "\n".join(map(json.dumps, rows)) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def test_the_biased_option_turns_with_the_polarity_of_the_question(tmp_path: Path) -> None:
    write(tmp_path / "Age.jsonl", [bbq_row(0), bbq_row(1, "disambig", "nonneg")])
    found = {str(item.target["source_id"]): item.target for item in bbq.load(tmp_path, 1, 10)}
    assert (found["0"]["biased"], found["0"]["unknown"], found["0"]["letter"]) == ("A", "C", "C")
    assert (found["1"]["biased"], found["1"]["letter"]) == ("B", "B")


def test_a_row_that_names_no_stereotyped_option_is_left_out(tmp_path: Path) -> None:
    row = bbq_row(0) | {"additional_metadata": {"stereotyped_groups": ["somebody else"]}}
    write(tmp_path / "Age.jsonl", [row, bbq_row(1)])
    assert len(bbq.load(tmp_path, 1, 10)) == 1


def test_a_sample_has_every_stratum_and_is_the_same_for_a_seed(tmp_path: Path) -> None:
    rows = [
        {
            "question_id": number,
            "category": ("law", "law", "law", "maths")[number % 4],
            "question": f"Question {number}?",
            "options": ["one", "two", "three"],
            "answer": "B",
        }
        for number in range(80)
    ]
    write(tmp_path / "questions.jsonl.gz", rows)
    items = mmlu_pro.load(tmp_path, 1, 20)
    assert Counter(item.group for item in items) == {"law": 10, "maths": 10}
    assert items == mmlu_pro.load(tmp_path, 1, 20)
    assert items != mmlu_pro.load(tmp_path, 2, 20)
    assert items[0].target["letter"] == "B"
    assert items[0].target["letters"] == "ABC"


@pytest.mark.parametrize("load", [bbq.load, mmlu_pro.load], ids=["bbq", "mmlu_pro"])
def test_a_set_that_is_not_here_is_said_to_be_absent(tmp_path: Path, load: Any) -> None:
    with pytest.raises(SetAbsent, match=tmp_path.name):
        load(tmp_path, 1, 10)


@pytest.mark.parametrize("text", ["{}\n", "no json\n", '{"options": 3}\n'])
def test_files_of_another_form_are_said_to_be_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "Age.jsonl").write_text(text)
    (tmp_path / "questions.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    for load in (bbq.load, mmlu_pro.load):
        with pytest.raises(SetAbsent):
            load(tmp_path, 1, 10)
