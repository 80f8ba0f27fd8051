"""The check in the background: everything, slowly, and nothing that differs goes on serving."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from router.audit.tables import audit_entries
from router.store.database import connect
from router.store.migrate import migrate
from serving.weights import ManifestStore, Weights, WeightsError, ensure_weights
from serving.weights.acts import mismatched
from serving.weights.background import DAY_S, BackgroundCheck, Mismatch, Pace
from serving.weights.record import record
from tests.unit.serving.weights_files import (
    backend_at,
    cluster_store,
    flip_unseen,
    small_weights,
)

MODEL = Path("nested") / "model.safetensors"
SOON_S = 30.0


@pytest.fixture
def store(tmp_path: Path) -> ManifestStore:
    return cluster_store(tmp_path / "state")


@pytest.fixture
def weights(tmp_path: Path, store: ManifestStore) -> Weights:
    return ensure_weights(backend_at(small_weights(tmp_path / "weights")), store=store)


@contextmanager
def checking(
    weights: dict[str, Weights], interval_s: float = 0.0, bytes_per_s: float = 1e12
) -> Iterator[queue.SimpleQueue[Mismatch]]:
    found: queue.SimpleQueue[Mismatch] = queue.SimpleQueue()
    check = BackgroundCheck(weights, interval_s, found.put, bytes_per_s=bytes_per_s)
    check.start()
    try:
        yield found
    finally:
        check.close()


def test_what_no_look_at_size_and_time_could_see_is_found_and_taken_out(
    weights: Weights, store: ManifestStore
) -> None:
    with checking({"model@1": weights}) as found:
        weights.guard.while_serving()
        flip_unseen(weights.path / MODEL)
        mismatch = found.get(timeout=SOON_S)
    assert mismatch.models == ("model@1",)
    assert mismatch.weights_digest == weights.digest
    assert MODEL.name in mismatch.reason
    with pytest.raises(WeightsError, match=MODEL.name):
        weights.guard.while_serving()


def test_both_models_of_the_same_weights_are_named_and_told_once(weights: Weights) -> None:
    flip_unseen(weights.path / MODEL)
    with checking({"private@1": weights, "fast@1": weights}) as found:
        assert found.get(timeout=SOON_S).models == ("private@1", "fast@1")
    assert found.empty()


def test_other_weights_go_on_being_checked(
    weights: Weights, store: ManifestStore, tmp_path: Path
) -> None:
    other = ensure_weights(backend_at(small_weights(tmp_path / "other")), store=store)
    with checking({"model@1": weights, "other@1": other}) as found:
        flip_unseen(weights.path / MODEL)
        assert found.get(timeout=SOON_S).models == ("model@1",)
        other.guard.while_serving()
        (other.path / MODEL).unlink()
        assert found.get(timeout=SOON_S).models == ("other@1",)


def test_weights_are_taken_out_even_if_nobody_can_be_told(
    weights: Weights, caplog: pytest.LogCaptureFixture
) -> None:
    tried = threading.Event()

    def fail(_: Mismatch) -> None:
        tried.set()
        raise RuntimeError("the database is away")

    flip_unseen(weights.path / MODEL)
    check = BackgroundCheck({"model@1": weights}, DAY_S, fail)
    check.start()
    assert tried.wait(SOON_S)
    check.close()
    with pytest.raises(WeightsError):
        weights.guard.while_serving()
    assert "RuntimeError" in caplog.text


def test_what_was_found_is_in_the_audit_log(weights: Weights, tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path / 'ringfence.db'}"
    engine = connect(database_url)
    migrate(engine)
    told = threading.Event()

    def tell(mismatch: Mismatch) -> None:
        record(database_url, mismatched(mismatch))
        told.set()

    flip_unseen(weights.path / MODEL)
    check = BackgroundCheck({"model@1": weights}, DAY_S, tell)
    check.start()
    assert told.wait(SOON_S)
    check.close()
    with engine.connect() as connection:
        (body,) = connection.execute(select(audit_entries.c.body)).scalars()
    engine.dispose()
    act = json.loads(body)
    assert (act["act"], act["actor"]) == ("weights.mismatch", "cluster")
    assert act["details"] == {"models": ["model@1"], "weights_digest": weights.digest}


def test_it_ends_at_once_in_the_middle_of_a_file(weights: Weights) -> None:
    """At one byte in a day, closing would otherwise take a week."""
    with checking({"model@1": weights}, bytes_per_s=1 / DAY_S) as found:
        pass
    assert found.empty()


@given(st.lists(st.tuples(st.integers(0, 2**20), st.floats(0, 10)), max_size=30))
def test_no_more_than_the_pace_allows_is_ever_read(reads: list[tuple[int, float]]) -> None:
    """A clock that only waiting and the reads' own time move."""
    rate = 1000.0
    now_s, read_bytes = 0.0, 0

    def wait(seconds: float) -> None:
        nonlocal now_s
        now_s += max(seconds, 0)

    pace = Pace(rate, wait, lambda: now_s)
    for size_bytes, took_s in reads:
        now_s += took_s
        pace(size_bytes)
        read_bytes += size_bytes
        assert read_bytes <= rate * now_s + 1e-3
