"""The report says what was measured on what, has others' figures beside, and asks nobody."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from throughput_cases import DECODE, WHEN, record, run, runs

from benchmarks.throughput.anchors import load_anchors
from benchmarks.throughput.efficiency import Peaks, work_of
from benchmarks.throughput.page import page
from benchmarks.throughput.record import records
from benchmarks.throughput.report import BLOCK, current, readme_block, report
from benchmarks.throughput.scenario import Layer
from benchmarks.throughput.svg import Axis, Series, chart
from hardware.gpu_table import load_gpus
from hardware.shape_config import load_shape
from router.errors import ConfigError

ANCHORS = load_anchors()
ROOT = Path(__file__).parents[4]
LAYERS = {Layer.ENGINE: 1.0, Layer.SERVE: 0.98, Layer.GATEWAY: 0.95}
RECORD = record(runs(noise=0, layers=LAYERS))
numbers = st.floats(1e-6, 1e9)


class Tags(HTMLParser):
    """Every tag is closed, in the order in which tags were opened."""

    EMPTY = frozenset({"meta"})

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in self.EMPTY:
            self.opened.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Nothing is left open."""

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag


def test_the_readme_says_what_each_layer_costs_and_on_what() -> None:
    block = readme_block([RECORD], ANCHORS)

    assert "| cpu-a-kind | a-model@1 | 128/64 | gateway |" in block
    assert "0.950 (0.950 to 0.950)" in block
    assert "+5.3 ms" in block
    assert "standard, 2026-01-01 at `ccccccc`" in block
    assert "too few samples for a p99" in block


def test_a_goal_that_is_missed_is_marked() -> None:
    slow = record(runs(noise=0, layers=LAYERS | {Layer.GATEWAY: 0.8}))

    assert "+25.0 ms ✗" in readme_block([slow], ANCHORS)
    assert "✗" not in readme_block([RECORD], ANCHORS)


def test_what_was_not_run_on_a_gpu_is_said_to_be_so() -> None:
    assert "No record of a GPU is here" in readme_block([RECORD], ANCHORS)


def test_without_a_record_the_readme_says_how_to_make_one() -> None:
    assert "`ringfence bench throughput`" in readme_block([], ANCHORS)


def test_the_block_goes_where_the_readme_has_a_place_for_it() -> None:
    readme = "before\n<!-- throughput:begin -->\nold\n<!-- throughput:end -->\nafter\n"

    put = BLOCK.put(readme_block([RECORD], ANCHORS), readme)

    assert "old" not in put
    assert put.startswith("before")


def test_every_anchor_says_who_measured_it() -> None:
    assert {anchor.gpu for anchor in ANCHORS} == {"H100", "H200", "L40S"}
    assert all(len(anchor.source) > 10 for anchor in ANCHORS)
    assert all(f"| {anchor.source} |" in report([RECORD], ANCHORS) for anchor in ANCHORS)


def test_an_anchor_without_a_source_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "anchors.yaml"
    file.write_text("schema: 1\nanchors:\n  - {gpu: H100, model: m, dtype: fp8, lengths: 1/1}\n")

    with pytest.raises(ConfigError, match="source"):
        load_anchors(file)


def test_the_last_record_counts_and_a_quick_one_only_where_there_is_no_other() -> None:
    later = record(measured_at=WHEN + timedelta(days=1))
    quick = record(measured_at=WHEN + timedelta(days=2), profile="quick")

    assert current([later, RECORD, quick]) == [later]
    assert current([quick]) == [quick]


def test_the_page_is_whole_and_asks_nobody() -> None:
    work = work_of(load_shape("smollm2-135m"), {"dtype": "bfloat16"}, load_gpus().get("l4"), 1)
    assert work is not None
    with_roofline = record(
        [*runs(layers=LAYERS), run(DECODE, repeat=3, work=work)],
        peaks=Peaks(1.21e14, 3e11, "a <source> & more"),
    )

    made = page([with_roofline, record(measured_at=WHEN + timedelta(days=3))], ANCHORS)

    tags = Tags()
    tags.feed(made)
    tags.close()
    assert tags.opened == []
    assert tags.links == []
    assert "<script" not in made
    assert "url(" not in made
    for title in ("throughput against latency", "roofline", "History"):
        assert title in made
    for drawn in re.findall(r"<svg.*?</svg>", made, re.DOTALL):
        ElementTree.fromstring(drawn)


def test_the_same_records_make_the_same_page() -> None:
    assert page([RECORD], ANCHORS) == page([RECORD], ANCHORS)


def test_there_is_a_page_before_anything_is_measured() -> None:
    assert "No run is recorded yet" in page([], ANCHORS)


@given(st.lists(st.tuples(numbers, numbers), max_size=20), st.booleans(), st.text(max_size=20))
def test_whatever_is_drawn_is_within_the_chart(
    points: list[tuple[float, float]], is_log: bool, name: str
) -> None:
    legible = "".join(letter for letter in name if letter.isprintable())
    drawn = chart(legible, Axis("x", is_log), Axis("y", is_log), [Series(legible, points)])

    root = ElementTree.fromstring(drawn)
    for circle in root.iter("{http://www.w3.org/2000/svg}circle"):
        assert 0 <= float(circle.attrib["cx"]) <= 640
        assert 0 <= float(circle.attrib["cy"]) <= 380
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == len(points)


def test_a_logarithm_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no 0"):
        chart("a chart", Axis("x", is_log=True), Axis("y"), [Series("a series", [(0.0, 1.0)])])


def test_the_readme_shows_the_committed_records() -> None:
    found = [one for _, one in records(ROOT / "benchmarks" / "results" / "throughput")]
    readme = (ROOT / "README.md").read_text("utf-8")
    assert readme == BLOCK.put(readme_block(found, load_anchors()), readme), (
        "README.md is stale; `ringfence bench report --readme README.md` renews it"
    )
