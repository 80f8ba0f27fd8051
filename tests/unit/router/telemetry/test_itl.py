"""What a user sees of a stream is when its text comes, and not what else does."""

from __future__ import annotations

from router.telemetry.itl import BOUNDS_S, InterTokenLatency, ItlCounts


def nonzero(counted: ItlCounts) -> dict[float, int]:
    bounds = (*BOUNDS_S, float("inf"))
    return {bound: n for bound, n in zip(bounds, counted.counts, strict=True) if n}


def test_latencies_are_between_pieces_of_text() -> None:
    itl = InterTokenLatency()
    for piece_count, at_s in ((0, 1.0), (1, 2.0), (1, 2.5), (2, 3.0), (4, 3.25), (5, 99.25)):
        itl.went_out(piece_count, at_s)

    assert nonzero(itl.counted()) == {0.3: 1, 1.0: 1, float("inf"): 1}
    assert itl.counted().sum_s == 97.25


def test_one_piece_has_no_latency() -> None:
    itl = InterTokenLatency()
    itl.went_out(1, 5.0)

    assert itl.counted() == ItlCounts()


def test_the_silence_in_which_a_stream_broke_off_is_counted_once() -> None:
    itl = InterTokenLatency()
    itl.broke_off(4.0)
    itl.went_out(1, 5.0)
    itl.broke_off(25.0)
    itl.broke_off(26.0)

    assert nonzero(itl.counted()) == {30.0: 1}
