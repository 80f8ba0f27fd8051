"""Any JSONL in the shared format can be measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.privacy.generated.build import SMALL, generate
from benchmarks.privacy.sets import BadSet, category_of, find_files, load_set

LINE = {
    "id": "1",
    "text": "Ann Lee, 555-0100",
    "lang": "en",
    "has_pii": True,
    "spans": [{"start": 0, "end": 7, "type": "PERSON", "text": "Ann Lee"}],
}


def write(path: Path, *entries: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path


def test_a_set_is_named_for_its_folder_and_asked_as_a_chat(tmp_path: Path) -> None:
    loaded = load_set(write(tmp_path / "clinic" / "data.jsonl", LINE))
    assert loaded.name == "clinic"
    assert loaded.samples[0].body["messages"] == [{"role": "user", "content": LINE["text"]}]
    assert loaded.samples[0].category == "person"


def test_the_generated_set_can_be_given_as_a_file_too(tmp_path: Path) -> None:
    items = [item.as_json() for item in list(generate(size=SMALL))[:40]]
    loaded = load_set(write(tmp_path / "mine" / "a.jsonl", *items))
    assert loaded.name == "mine/a"
    assert [s.id for s in loaded.samples] == [item["id"] for item in items]


def test_what_is_no_such_file_is_named_by_line_and_not_quoted(tmp_path: Path) -> None:
    path = write(tmp_path / "bad.jsonl", LINE, {"text": "Ann Lee"})
    with pytest.raises(BadSet, match=r"bad\.jsonl:2") as raised:
        load_set(path)
    assert "Ann Lee" not in str(raised.value)


def test_folders_are_searched_and_what_is_absent_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "sets" / "data.jsonl", LINE)
    files, absent = find_files([tmp_path / "sets", tmp_path / "nowhere"])
    assert files == [path]
    assert absent == [tmp_path / "nowhere"]


@pytest.mark.parametrize(
    ("types", "category"),
    [
        (["PERSON"], "person"),
        (["PERSON", "GPE"], "person"),
        (["PERSON", "IBAN_CODE"], "mixed"),
        (["SSN", "PASSPORT"], "structured"),
        (["PASSWORD"], "secret"),
        (["STREET_ADDRESS"], "address"),
        (["GPE", "DATE_TIME"], "context"),
    ],
)
def test_what_alone_identifies_says_the_category(types: list[str], category: str) -> None:
    assert category_of(types) == category
