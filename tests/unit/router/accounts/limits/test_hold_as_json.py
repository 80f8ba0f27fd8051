"""What is held is read by all gateways over the database, those of the release before as well."""

from __future__ import annotations

from router.accounts.limits.hold import Amount, Hold, Share, read_hold
from router.accounts.limits.windows import Window
from router.domain import JsonObject

HOLD = Hold(
    (
        Share("all", Window.DAY, 0, Amount(7, 11)),
        Share("model:cheap", Window.MINUTE, 60, Amount(7, 11), frozenset({"cheap@1"})),
    )
)


def test_what_was_written_is_read() -> None:
    assert read_hold(HOLD.to_json()) == HOLD


def test_the_release_before_finds_the_estimates_that_it_reads() -> None:
    assert HOLD.to_json()["estimates"] == {}


def test_what_the_release_before_has_written_is_read() -> None:
    before: JsonObject = {"estimates": {"cheap@1": {"tokens": 7, "nano_usd": 11}}}
    assert read_hold(HOLD.to_json() | before) == HOLD
