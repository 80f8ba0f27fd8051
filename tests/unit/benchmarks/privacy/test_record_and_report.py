"""A record can be read again, and the README says what the newest one does."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from pydantic import ValidationError
from records import record

import router
from benchmarks.privacy.picture import curve_svg
from benchmarks.privacy.record import PrivacyRecord, load, newest, save
from benchmarks.privacy.report import (
    BLOCK,
    rate_text,
    readme_block,
)
from benchmarks.privacy.sets import MeasuredSet
from benchmarks.readme_block import NoMarkers

ROOT = Path(router.__file__).parent.parent
RESULTS = Path("benchmarks/results/privacy")


def test_a_record_is_read_as_it_was_written(measured: MeasuredSet, tmp_path: Path) -> None:
    made = record(measured)
    assert load(save(made, tmp_path)) == made


def test_another_schema_is_not_taken_for_this_one(measured: MeasuredSet, tmp_path: Path) -> None:
    path = save(record(measured), tmp_path)
    path.write_text(path.read_text().replace('"schema_version": 1', '"schema_version": 2'))
    with pytest.raises(ValidationError):
        load(path)


def test_the_newest_whole_run_counts(measured: MeasuredSet, tmp_path: Path) -> None:
    assert newest(tmp_path) is None
    for day, quick in ((3, False), (5, False), (4, False), (9, True)):
        save(record(measured, day=day, quick=quick), tmp_path)
    found = newest(tmp_path)
    assert found is not None
    assert found.measured_at.day == 5


def test_a_record_quotes_no_request(measured: MeasuredSet) -> None:
    written = record(measured).model_dump_json()
    for sample in measured.samples:
        for span in sample.spans:
            assert len(span.text) < 12 or span.text not in written


def test_the_readme_says_each_goal_and_how_it_was_met(measured: MeasuredSet) -> None:
    block = readme_block(record(measured))
    for words in ("structured identifiers", "person-only", "agent runs", "base64", "digits"):
        assert words in block
    assert "a cpu, 2 cores" in block


def test_only_what_is_between_the_markers_changes(tmp_path: Path, measured: MeasuredSet) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BLOCK.begin}\nold\n{BLOCK.end}\nafter\n")
    BLOCK.write(readme_block(record(measured), None), readme)
    text = readme.read_text()
    assert text.startswith(f"before\n{BLOCK.begin}\nMeasured 2026-01-01")
    assert text.endswith(f"{BLOCK.end}\nafter\n")
    assert "old" not in text
    with pytest.raises(NoMarkers):
        BLOCK.put("x", "no markers")


def test_no_rate_is_rounded_up_to_certainty(measured: MeasuredSet) -> None:
    group = record(measured).groups[0]
    rate = group.requests.model_copy(update={"hits": 99_999, "n": 100_000, "rate": 0.99999})
    assert rate_text(rate).startswith(".999 ")


def test_the_picture_is_svg_with_the_operating_point(measured: MeasuredSet) -> None:
    drawn = curve_svg(record(measured), 0.5)
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert "Ringfence at 0.5" in drawn


def test_the_readme_shows_the_newest_record() -> None:
    newest_record: PrivacyRecord | None = newest(ROOT / RESULTS)
    picture = None if newest_record is None else (RESULTS / "curve.svg").as_posix()
    readme = (ROOT / "README.md").read_text("utf-8")
    assert readme == BLOCK.put(readme_block(newest_record, picture), readme), (
        "README.md is stale; `ringfence bench privacy --report` renews it"
    )
