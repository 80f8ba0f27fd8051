"""Every place gets every checkpoint, in order, and one that is down holds nothing up."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.audit.log.checkpoint import parse_note, split_notes
from router.audit.log.lease import take_lease
from router.audit.log.rules import FilePlace, SyslogPlace
from router.clock import SystemClock
from serving.audit.publish import LEASE_S, Publisher
from tests.log_case import LogCase, log_case
from tests.unit.clock import ManualClock
from tests.waiting import until


@pytest.fixture
def case(migrated_url: str) -> Iterator[LogCase]:
    with log_case(migrated_url) as case:
        yield case


def publisher(case: LogCase, *paths: Path) -> Publisher:
    places = [FilePlace(str(path)) for path in paths]
    return Publisher(case.engine, case.writer, places, SystemClock(), poll_interval_s=0.05)


def sign(case: LogCase) -> None:
    """One more entry, one more checkpoint."""
    case.record(1)
    case.sequence()


def sizes(case: LogCase, path: Path) -> list[int]:
    if not path.exists():
        return []
    public_key = case.key.public_key()
    return [parse_note(note, public_key).size for note in split_notes(path.read_text())]


def test_a_checkpoint_arrives_soon_after_it_was_signed(case: LogCase, tmp_path: Path) -> None:
    path = tmp_path / "checkpoints"
    publishing = publisher(case, path)
    publishing.start()
    for size in (1, 2, 3):
        sign(case)
        until(lambda size=size: sizes(case, path)[-1:] == [size])
    publishing.close()
    assert sizes(case, path) == [1, 2, 3]


def test_what_was_signed_last_is_sent_before_a_gateway_is_gone(
    case: LogCase, tmp_path: Path
) -> None:
    publishing = publisher(case, tmp_path / "checkpoints")
    publishing.start()
    sign(case)
    publishing.close()
    assert sizes(case, tmp_path / "checkpoints") == [1]


def test_a_place_that_was_down_misses_none_and_the_other_waits_for_nothing(
    case: LogCase, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    up, down = tmp_path / "up", tmp_path / "away" / "down"
    down.parent.mkdir()
    publishing = publisher(case, up, down)
    publishing.start()
    sign(case)
    until(lambda: sizes(case, up) == sizes(case, down) == [1])
    down.parent.rename(tmp_path / "elsewhere")
    with caplog.at_level(logging.WARNING):
        for size in (2, 3, 4):
            sign(case)
            until(lambda size=size: sizes(case, up)[-1] == size)
        until(lambda: "cannot be sent" in caplog.text)
        (tmp_path / "elsewhere").rename(down.parent)
        until(lambda: sizes(case, down) == [1, 2, 3, 4])
        until(lambda: "again" in caplog.text)
    publishing.close()
    assert [record.getMessage() for record in caplog.records] == [
        f"checkpoints cannot be sent to file {down}: FileNotFoundError",
        f"checkpoints are sent to file {down} again",
    ]


def test_a_gateway_that_starts_again_goes_on_where_the_last_one_was(
    case: LogCase, tmp_path: Path
) -> None:
    path = tmp_path / "checkpoints"
    for size in (1, 2):
        sign(case)
        publishing = publisher(case, path)
        publishing.start()
        publishing.close()
        assert sizes(case, path) == list(range(1, size + 1))


def test_a_place_that_is_new_begins_with_the_newest(case: LogCase, tmp_path: Path) -> None:
    for _ in range(3):
        sign(case)
    publishing = publisher(case, tmp_path / "checkpoints")
    publishing.start()
    publishing.close()
    assert sizes(case, tmp_path / "checkpoints") == [3]


def test_of_many_replicas_one_sends(case: LogCase, tmp_path: Path) -> None:
    path = tmp_path / "checkpoints"
    replicas = [publisher(case, path) for _ in range(4)]
    for replica in replicas:
        replica.start()
    for _ in range(5):
        sign(case)
    until(lambda: sizes(case, path)[-1:] == [5])
    for replica in replicas:
        replica.close()
    found = sizes(case, path)
    assert found == sorted(set(found))


def test_a_place_that_is_not_there_lets_the_gateway_go(case: LogCase) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and nobody listens
        place = SyslogPlace(f"tcp://127.0.0.1:{nobody.getsockname()[1]}")
        publishing = Publisher(case.engine, case.writer, [place], SystemClock())
        publishing.start()
        sign(case)
        publishing.close()
    assert case.verify().ok


def test_a_gateway_that_died_while_sending_is_relieved_when_its_lease_is_over(
    case: LogCase, tmp_path: Path
) -> None:
    path, clock = tmp_path / "checkpoints", ManualClock()
    place = FilePlace(str(path))
    with case.engine.begin() as connection:
        take_lease(connection, f"publish {place.name}", "the dead one", clock.now_s(), LEASE_S)
    sign(case)
    for expected in ([], [1]):
        publishing = Publisher(case.engine, case.writer, [place], clock)
        publishing.start()
        publishing.close()
        assert sizes(case, path) == expected
        clock.advance(LEASE_S)
