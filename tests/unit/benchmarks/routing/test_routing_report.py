"""A run on the generated set: what the record says, and what people are shown of it."""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

from benchmarks.routing.embed import embeddings_of
from benchmarks.routing.generated import generated_set
from benchmarks.routing.measure import Profile, measure
from benchmarks.routing.prices import PriceTable
from benchmarks.routing.record import RoutingRecord, newest, save
from benchmarks.routing.report import BLOCK, guide_block, page, picture
from router.learned.inputs import inputs_of

SMALL = Profile("quick", questions=500, folds=2, resamples=40, timed=10)


class WordEncoder:
    """Each word a direction of its own, by its hash; a text is their sum, of unit length."""

    digest = "sha256:words"

    def embed(self, text: str) -> np.ndarray:
        vector = np.zeros(96, np.float32)
        for word in re.findall(r"[a-z]+", text.lower()):
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
            vector += np.random.default_rng(seed).standard_normal(96).astype(np.float32)
        return vector / np.linalg.norm(vector)


@pytest.fixture(scope="module")
def record() -> RoutingRecord:
    outcomes = generated_set(500)
    encoder = WordEncoder()
    embeddings = embeddings_of(encoder, outcomes.texts, None, lambda: None)
    inputs = inputs_of(embeddings, outcomes.texts, outcomes.tasks)
    prices = PriceTable({}, ("small", "large"))
    return measure(
        outcomes,
        prices,
        prices_digest="sha256:00",
        embedder=encoder,
        inputs=inputs,
        profile=SMALL,
        on_step=lambda step: None,
    )


def test_texts_that_tell_more_than_the_task_beat_the_lookup(record: RoutingRecord) -> None:
    (everything,) = (
        each for each in record.comparisons if each.pool == "all models" and each.is_task_given
    )
    share = everything.metric("share")
    assert share is not None
    assert share.less("task lookup").low > 0
    assert share.routers["random mix"].value < 0.05 < share.ours.value


def test_every_pool_is_compared_with_the_task_given_and_guessed(record: RoutingRecord) -> None:
    names = {(each.pool, each.is_task_given) for each in record.comparisons}
    assert names == {
        (pool, given) for pool in ("all models", "on-prem", "pair") for given in (True, False)
    }
    assert record.pair == ("small", "large")


def test_a_difference_is_that_of_the_two_figures(record: RoutingRecord) -> None:
    for comparison in record.comparisons:
        for metric in comparison.metrics:
            for one in metric.against:
                less = metric.ours.value - metric.routers[one.baseline].value
                assert one.difference.value == pytest.approx(less)
                assert one.difference.low <= one.difference.high


def test_goals_that_were_missed_are_said(record: RoutingRecord) -> None:
    slow = record.overhead.model_copy(update={"p50_ms": 9.0})
    late = record.model_copy(update={"overhead": slow})
    assert any("overhead" in goal for goal in late.missed)
    assert "**missed**" in guide_block(late)


def test_the_guide_shows_every_router_and_the_interval(record: RoutingRecord) -> None:
    text = guide_block(record)
    for router in record.comparisons[0].metrics[0].routers:
        assert router in text
    assert "95% intervals" in text
    assert guide_block(None).startswith("No run is recorded yet")
    assert BLOCK.name == "routing"


def test_curves_are_drawn_with_the_operating_point_and_stand_alone(record: RoutingRecord) -> None:
    drawn = picture(record.comparisons[0])
    ElementTree.fromstring(drawn)
    assert "operating point" in drawn
    assert "<script" not in page(record)
    assert "http://" not in page(record).replace("http://www.w3.org/2000/svg", "")


def test_a_record_is_read_back_and_a_sample_is_no_whole_run(
    tmp_path: Path, record: RoutingRecord
) -> None:
    save(record, tmp_path)
    assert newest(tmp_path) is None
    method = record.method.model_copy(update={"profile": "standard"})
    whole = record.model_copy(update={"method": method})
    path = save(whole, tmp_path)
    assert newest(tmp_path) == whole
    assert RoutingRecord.model_validate_json(path.read_text()) == whole


def test_a_record_holds_no_text_of_a_question(record: RoutingRecord) -> None:
    text = record.model_dump_json()
    assert not any(question in text for question in generated_set(50).texts)


def test_embeddings_are_made_once(tmp_path: Path) -> None:
    made: list[int] = []
    encoder = WordEncoder()
    texts = ("one thing", "another")
    first = embeddings_of(encoder, texts, tmp_path, lambda: made.append(1))
    second = embeddings_of(encoder, texts, tmp_path, lambda: made.append(1))
    assert len(made) == 2
    assert np.array_equal(first, second)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:50])
    assert np.array_equal(embeddings_of(encoder, texts, tmp_path, lambda: None), first)
