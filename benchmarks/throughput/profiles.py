"""Which scenarios a run has: quick to look, standard to decide by, full to publish.

On two CPU cores with the embedded model, engines' starts included, quick takes under ten minutes
and standard under fifty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from benchmarks.throughput.scenario import Kind, Layer, Lengths, Scenario

SHORT = Lengths(128, 128)
EVEN = Lengths(1_000, 1_000)
LONG = Lengths(8_000, 1_000)
CHAT = Lengths(400, 120, is_mix=True)

_ALL = frozenset(Layer)
_ENGINE = frozenset({Layer.ENGINE})
_UNLOADED_OSL, _DECODE_ISL, _PREFILL_ISL = 8, 16, 512
_FULL_LOADS = (0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1)
_STANDARD_LOADS = (0.5, 0.8, 1.0)
_POWERS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Profile(StrEnum):
    QUICK = "quick"
    STANDARD = "standard"
    FULL = "full"


def scenarios(
    profile: Profile, slots: int, lengths: Sequence[Lengths] = ()
) -> tuple[Scenario, ...]:
    """Those of a profile, in the order in which they run; `lengths` take the place of its own.

    `slots` is how many sequences the engine runs at a time: a closed loop of more only waits.
    """
    match profile:
        case Profile.QUICK:
            return tuple(_quick(lengths or (SHORT,)))
        case Profile.STANDARD:
            return tuple(_standard(slots, lengths or (SHORT,)))
        case Profile.FULL:
            return tuple(_full(slots, lengths or (SHORT, EVEN, LONG, CHAT)))


def fitting(
    found: Iterable[Scenario], max_model_len: int
) -> tuple[tuple[Scenario, ...], tuple[str, ...]]:
    """Those that the engine's context has room for, and in words the lengths that were left out."""
    kept, skipped = [], dict[str, None]()
    for scenario in found:
        longest = scenario.lengths.longest
        if longest <= max_model_len:
            kept.append(scenario)
        else:
            skipped[
                f"{scenario.lengths}: up to {longest:,} tokens, and the engine's max_model_len is "
                f"{max_model_len:,}"
            ] = None
    return tuple(kept), tuple(skipped)


def _rates(repeats: int, layers: frozenset[Layer]) -> Iterator[Scenario]:
    """What a price is made of: a deployment that does nothing but prefill, or decode."""
    prefill, decode = Lengths(_PREFILL_ISL, 1), Lengths(_DECODE_ISL, SHORT.osl)
    yield Scenario(Kind.PREFILL, prefill, layers, repeats, waves=1.0, min_requests=12)
    yield Scenario(Kind.DECODE, decode, layers, repeats, waves=1.0)


def _unloaded(repeats: int, requests: int) -> Scenario:
    return Scenario(
        Kind.UNLOADED,
        Lengths(SHORT.isl, _UNLOADED_OSL),
        _ALL,
        repeats,
        min_requests=requests,
        concurrency=1,
    )


def _quick(lengths: Sequence[Lengths]) -> Iterator[Scenario]:
    yield _unloaded(repeats=2, requests=10)
    yield from _rates(1, _ENGINE)
    for each in lengths:
        yield Scenario(Kind.OFFLINE, each, _ALL, repeats=2, waves=2.0)
        for concurrency in (1, 4):
            yield Scenario(
                Kind.CLOSED, each, _ENGINE, 1, waves=1.5, min_requests=2, concurrency=concurrency
            )


def _standard(slots: int, lengths: Sequence[Lengths]) -> Iterator[Scenario]:
    yield _unloaded(repeats=3, requests=20)
    yield from _rates(3, _ENGINE)
    for each in lengths:
        yield Scenario(Kind.OFFLINE, each, _ALL, repeats=3, waves=2.0)
        for concurrency in _concurrencies(slots, (1, 4, 16, 64, 256)):
            yield Scenario(
                Kind.CLOSED, each, _ENGINE, 2, waves=2.5, min_requests=5, concurrency=concurrency
            )
        for load in _STANDARD_LOADS:
            # Of one draw of forty arrivals, two requests are what a p95 is.
            yield Scenario(Kind.OPEN, each, _ENGINE, 3, waves=2.5, load=load)


def _full(slots: int, lengths: Sequence[Lengths]) -> Iterator[Scenario]:
    yield _unloaded(repeats=5, requests=40)
    yield from _rates(5, _ALL)
    for each in lengths:
        yield Scenario(Kind.OFFLINE, each, _ALL, repeats=5, waves=4.0)
        for concurrency in _concurrencies(slots, _POWERS):
            yield Scenario(
                Kind.CLOSED, each, _ALL, 5, waves=4.0, min_requests=10, concurrency=concurrency
            )
        for load in _FULL_LOADS:
            yield Scenario(Kind.OPEN, each, _ALL, 3, waves=4.0, min_requests=100, load=load)


def _concurrencies(slots: int, wanted: Sequence[int]) -> Iterator[int]:
    return (concurrency for concurrency in wanted if concurrency <= slots)
