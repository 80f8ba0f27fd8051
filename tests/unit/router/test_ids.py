"""Ids sort by time and are never the same."""

from __future__ import annotations

import time
import uuid

from router.ids import new_id


def test_ids_are_uuids_of_version_7() -> None:
    parsed = uuid.UUID(new_id())
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)


def test_ids_carry_the_time_and_sort_by_it() -> None:
    before_ms = time.time_ns() // 1_000_000
    first = new_id()
    time.sleep(0.002)
    second = new_id()
    assert first < second
    assert abs((uuid.UUID(first).int >> 80) - before_ms) < 1_000


def test_no_two_are_alike() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000
