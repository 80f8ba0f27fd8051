"""Arithmetic in words, of two to five steps, with whole numbers for answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from benchmarks.privacy.generated.draw import Draw
from benchmarks.quality.generators.words import GOODS, SITES, code
from benchmarks.quality.item import Item, asked

_Problem: TypeAlias = tuple[str, int]

_ORDERS = (
    "Solve the problem. End with a line that reads ANSWER: and the number.",
    "Work it out step by step, and finish with ANSWER: followed by the number alone.",
    "What is the result? Put it on the last line as ANSWER: number.",
)


def make(seed: int, number: int) -> Item:
    draw = Draw(seed, "word_problems", number)
    kind = _KINDS[number % len(_KINDS)]
    text, answer = kind(draw)
    return asked(
        f"{text}\n\n{draw.of(_ORDERS)}", {"number": answer}, group=kind.__name__.strip("_")
    )


def _stock(draw: Draw) -> _Problem:
    goods, per_box = draw.of(GOODS), draw.between(4, 36)
    boxes, sold, back = draw.between(12, 90), draw.between(20, 40), draw.between(2, 15)
    left = boxes * per_box - sold + back
    return (
        f"{draw.of(SITES).capitalize()} receives {boxes} boxes with {per_box} {goods} each. "
        f"It sells {sold} of them, and {back} of those come back. How many does it hold now?",
        left,
    )


def _discount(draw: Draw) -> _Problem:
    # Whole hundreds, so that any discount comes out even.
    count, price = draw.between(1, 9) * 20, draw.between(1, 18) * 5
    percent, fee = draw.of((10, 20, 25, 50)), draw.between(5, 60)
    return (
        f"{count} {draw.of(GOODS)} cost {price} euros apiece. There is a discount of {percent} "
        f"percent on all of it; afterwards a fee of {fee} euros is added. How many euros are paid?",
        count * price * (100 - percent) // 100 + fee,
    )


def _rate(draw: Draw) -> _Problem:
    per_hour, machines, hours = draw.between(6, 80), draw.between(2, 9), draw.between(3, 16)
    stopped = draw.between(1, machines - 1)
    early = draw.between(1, hours - 1)
    made = per_hour * (machines * hours - stopped * (hours - early))
    return (
        f"Each of {machines} machines makes {per_hour} {draw.of(GOODS)} an hour. They run for "
        f"{hours} hours, but {stopped} of them stop{'s' if stopped == 1 else ''} after {early}. "
        "How many pieces are made?",
        made,
    )


def _shares(draw: Draw) -> _Problem:
    small, times, more = draw.between(5, 90), draw.between(2, 6), draw.between(3, 40)
    names = [code(draw, 1, 2) for _ in range(3)]
    return (
        f"{names[0]}, {names[1]} and {names[2]} are three depots. {names[0]} holds {small} "
        f"pallets, {names[1]} {times} times as many, and {names[2]} {more} more than the other two "
        "together. How many pallets are there in all?",
        2 * (small + small * times) + more,
    )


def _journey(draw: Draw) -> _Problem:
    speed, hours = draw.between(4, 9) * 10, draw.between(2, 7)
    second, hours_then = draw.between(4, 9) * 10, draw.between(1, 6)
    back = draw.between(5, 60)
    return (
        f"A lorry drives {hours} hours at {speed} km/h and then {hours_then} hours at {second} "
        f"km/h. It has to turn back {back} km for a pallet, and covers these {back} km a second "
        "time in the old direction. How many kilometres has it driven?",
        speed * hours + second * hours_then + 2 * back,
    )


def _average(draw: Draw) -> _Problem:
    days = draw.between(3, 6)
    values = [draw.between(10, 99) for _ in range(days)]
    mean = draw.between(110, 190)
    return (
        f"On {days} days {', '.join(map(str, values[:-1]))} and {values[-1]} parcels came in. How "
        f"many must come on the next day for the mean of all {days + 1} days to be {mean}?",
        mean * (days + 1) - sum(values),
    )


def _remainder(draw: Draw) -> _Problem:
    total, per_crate = draw.between(200, 4000), draw.between(7, 48)
    crates = total // per_crate
    return (
        f"{total} {draw.of(GOODS)} are packed into crates of {per_crate}; only full crates leave. "
        f"Every full crate earns {per_crate * 2} euros. How many euros come in?",
        crates * per_crate * 2,
    )


def _backwards(draw: Draw) -> _Problem:
    start, added, factor = draw.between(6, 120), draw.between(5, 60), draw.between(2, 9)
    taken = draw.between(1, 40)
    return (
        f"Somebody thinks of a number, adds {added}, multiplies by {factor}, takes away {taken}, "
        f"and has {(start + added) * factor - taken}. What was the number?",
        start,
    )


_KINDS: tuple[Callable[[Draw], _Problem], ...] = (
    _stock,
    _discount,
    _rate,
    _shares,
    _journey,
    _average,
    _remainder,
    _backwards,
)
