"""Any gateway of a host answers for all of them."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.parser import text_string_to_metric_families

from serving.telemetry.gauges import gauge
from serving.telemetry.pages import GONE_AFTER_S, MetricsPages
from serving.telemetry.snapshot import snapshot_of


class Gateway:
    """One counter and its page."""

    def __init__(self, directory: Path | None) -> None:
        registry = CollectorRegistry(auto_describe=False)
        self.asked = Counter("asked_total", "Asked.", ["by"], registry=registry)
        self.pages = MetricsPages(registry, [], directory)

    def asks(self, times: int = 1) -> None:
        self.asked.labels("somebody").inc(times)

    def shown(self) -> list[float]:
        return sorted(_values(self.pages.page(), "asked_total"))


def _values(page: bytes, sample: str) -> list[float]:
    return [
        found.value
        for family in text_string_to_metric_families(page.decode())
        for found in family.samples
        if found.name == sample
    ]


def test_one_gateway_shows_what_all_have_counted(tmp_path: Path) -> None:
    one, other = Gateway(tmp_path), Gateway(tmp_path)
    one.asks(3)
    other.asks(4)
    other.pages.page()

    assert one.shown() == [3.0, 4.0]
    assert _values(one.pages.page(), "ringfence_gateways") == [2.0]


def test_each_gateway_keeps_its_own_series(tmp_path: Path) -> None:
    """So that one which starts again at 0 does not look like a sum that fell."""
    one, other = Gateway(tmp_path), Gateway(tmp_path)
    for gateway in (one, other):
        gateway.asks()
        gateway.pages.page()

    families = {f.name: f for f in text_string_to_metric_families(one.pages.page().decode())}
    assert len({sample.labels["gateway"] for sample in families["asked"].samples}) == 2


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12))
def test_no_counter_ever_goes_back_whoever_answers(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[bool, bool]]
) -> None:
    directory = tmp_path_factory.mktemp("metrics")
    gateways = Gateway(directory), Gateway(directory)
    before = 0.0
    for counts, answers in steps:
        gateways[counts].asks()
        total = sum(gateways[answers].shown())
        assert total >= before
        before = total


def test_the_last_words_of_a_gateway_that_died_are_forgotten(tmp_path: Path) -> None:
    one, dead = Gateway(tmp_path), Gateway(tmp_path)
    dead.asks()
    dead.pages.page()
    (file,) = tmp_path.iterdir()
    one.asks()
    assert one.shown() == [1.0, 1.0]

    long_ago_s = time.time() - 2 * GONE_AFTER_S
    os.utime(file, (long_ago_s, long_ago_s))

    assert one.shown() == [1.0]


def test_a_gateway_that_ends_in_order_leaves_nothing(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path / "made")
    gateway.pages.start()
    gateway.shown()
    gateway.pages.close()

    assert list((tmp_path / "made").iterdir()) == []


def test_a_damaged_file_costs_its_own_gateway_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = Gateway(tmp_path)
    gateway.asks()
    (tmp_path / "other.json").write_text('{"asked": {"sam')

    with caplog.at_level(logging.WARNING):
        assert gateway.shown() == [1.0]
    assert caplog.messages == ["metrics of a gateway are unreadable: JSONDecodeError"]


def test_a_gateway_without_a_directory_speaks_for_itself() -> None:
    gateway = Gateway(None)
    gateway.pages.start()
    gateway.asks(2)

    assert gateway.shown() == [2.0]
    gateway.pages.close()


def test_where_nothing_can_be_written_a_gateway_still_shows_its_own(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = Gateway(tmp_path / "not made")
    gateway.asks()

    with caplog.at_level(logging.WARNING):
        assert gateway.shown() == gateway.shown() == [1.0]
    assert caplog.messages == ["metrics cannot be written: FileNotFoundError"]


def test_what_is_shared_is_shown_once(tmp_path: Path) -> None:
    class Log:
        def collect(self) -> list[object]:
            return [gauge("entries", "Entries.", 7)]

    for _ in range(2):
        registry = CollectorRegistry(auto_describe=False)
        page = MetricsPages(registry, [Log()], tmp_path).page()  # type: ignore[list-item]

    assert _values(page, "entries") == [7.0]


def test_a_histogram_survives_the_way_through_a_file(tmp_path: Path) -> None:
    registry = CollectorRegistry(auto_describe=False)
    Histogram("took_seconds", "Took.", buckets=(1.0, 2.0), registry=registry).observe(1.5)

    page = MetricsPages(registry, [], tmp_path).page()

    assert _values(page, "took_seconds_bucket") == [0.0, 1.0, 1.0]
    assert _values(page, "took_seconds_sum") == [1.5]
    assert "took_seconds_created" not in page.decode()
    assert snapshot_of(registry)["took_seconds"]["type"] == "histogram"
