"""Being watched never costs a request its answer."""

from __future__ import annotations

import logging

import pytest

from router.telemetry.ended import RequestEnded
from router.telemetry.observer import Observers
from tests.ended_requests import ended_request


class Keeper:
    def __init__(self) -> None:
        self.ended: list[RequestEnded] = []

    def request_ended(self, ended: RequestEnded) -> None:
        self.ended.append(ended)


class Broken:
    def request_ended(self, ended: RequestEnded) -> None:
        raise ValueError(f"cannot count {ended.team}")


def test_everybody_is_told() -> None:
    one, other = Keeper(), Keeper()
    ended = ended_request()

    Observers([one, other]).request_ended(ended)

    assert one.ended == other.ended == [ended]


def test_one_that_fails_is_said_to_and_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    keeper = Keeper()

    with caplog.at_level(logging.ERROR):
        Observers([Broken(), keeper]).request_ended(ended_request())

    assert len(keeper.ended) == 1
    assert caplog.messages == ["Broken failed with ValueError"]
