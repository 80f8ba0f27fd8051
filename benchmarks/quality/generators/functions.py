"""Small functions to be written in Python, with the tests that tell whether they are right.

Each task is a chain of steps: what is kept, what becomes of it, what it all comes to. Steps are
data with a sentence and a reference each, so that their products make thousands of tasks, and the
expected results come from the references.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from benchmarks.privacy.generated.draw import Draw
from benchmarks.quality.generators.words import coined, shuffled
from benchmarks.quality.item import Item, asked
from router.domain import Json

_TESTS = 8


@dataclass(frozen=True, slots=True)
class _Step:
    said: str
    does: Callable[..., Any]


_Chain: TypeAlias = tuple[_Step, _Step, _Step]


def make(seed: int, number: int) -> Item:
    draw = Draw(seed, "functions", number)
    of_words = number % 2 == 1
    chain: _Chain = (
        _with_number(draw, draw.of(_KEEP_WORDS if of_words else _KEEP_NUMBERS)),
        _with_number(draw, draw.of(_MAP_WORDS if of_words else _MAP_NUMBERS)),
        draw.of(_FOLD_WORDS if of_words else _FOLD_NUMBERS),
    )
    name = f"{draw.of(('digest', 'tally', 'collect', 'reduce'))}_{coined(draw, 2).lower()}"
    inputs = [_words(draw) if of_words else _numbers(draw) for _ in range(_TESTS - 1)]
    inputs.append([])
    tests: list[Json] = [
        {"arguments": [values], "result": _expected(chain, values)} for values in inputs
    ]
    kind = "strings" if of_words else "integers"
    steps = shuffled(draw, ["an empty list is possible", "do not change the list you are given"])
    text = (
        f"Write a Python function `{name}(values)` that takes a list of {kind}. It keeps those "
        f"that {chain[0].said}, in their order; {chain[1].said}; and returns {chain[2].said}. "
        f"Mind that {' and that '.join(steps)}.\n\nAnswer with the code alone, in one block. Use "
        "the standard library only."
    )
    target: dict[str, Json] = {"function": name, "tests": tests}
    return asked(text, target, group=kind)


def _with_number(draw: Draw, step: _Step) -> _Step:
    """A step that has a number in it, with one."""
    if "{n}" not in step.said:
        return step
    n = draw.between(2, 7)
    return _Step(step.said.format(n=n), lambda value: step.does(value, n))


def _expected(chain: _Chain, values: Sequence[Any]) -> Json:
    keep, change, fold = chain
    result: Json = fold.does([change.does(value) for value in values if keep.does(value)])
    return result


def _numbers(draw: Draw) -> list[Json]:
    return [draw.between(-40, 60) for _ in range(draw.between(1, 9))]


def _words(draw: Draw) -> list[Json]:
    pool = ("ab", "level", "Stone", "x", "river", "Anna", "banana", "", "Kiwi", "noon", "queue")
    return [draw.of(pool) for _ in range(draw.between(1, 8))]


def _runs(values: list[int]) -> list[int]:
    """The running sums."""
    sums: list[int] = []
    for value in values:
        sums.append(value + (sums[-1] if sums else 0))
    return sums


_KEEP_NUMBERS = (
    _Step("are even", lambda x: x % 2 == 0),
    _Step("are odd", lambda x: x % 2 == 1),
    _Step("are below zero", lambda x: x < 0),
    _Step("are {n} or more", lambda x, n: x >= n),
    _Step("are not divisible by {n}", lambda x, n: x % n != 0),
    _Step("have two digits, whatever their sign", lambda x: 10 <= abs(x) <= 99),
)
_MAP_NUMBERS = (
    _Step("squares each", lambda x: x * x),
    _Step("adds {n} to each", lambda x, n: x + n),
    _Step("multiplies each by {n}", lambda x, n: x * n),
    _Step("takes the absolute value of each", abs),
    _Step("negates each", lambda x: -x),
    _Step("replaces each by the sum of its decimal digits, the sign ignored",
          lambda x: sum(map(int, str(abs(x))))),
)  # fmt: skip
_FOLD_NUMBERS = (
    _Step("their sum", sum),
    _Step("the largest of them, or None if there is none", lambda xs: max(xs, default=None)),
    _Step("them sorted in descending order", lambda xs: sorted(xs, reverse=True)),
    _Step("how many different values there are", lambda xs: len(set(xs))),
    _Step("the list of running sums", _runs),
    _Step("them in reverse order without repetitions, each where it comes first in that order",
          lambda xs: list(dict.fromkeys(reversed(xs)))),
)  # fmt: skip
_KEEP_WORDS = (
    _Step("have more than {n} characters", lambda s, n: len(s) > n),
    _Step("read the same backwards, case ignored", lambda s: s.lower() == s.lower()[::-1]),
    _Step("contain the letter a, in either case", lambda s: "a" in s.lower()),
    _Step("are not empty", bool),
    _Step("begin with a vowel (a, e, i, o or u, in either case)",
          lambda s: s[:1].lower() in set("aeiou")),
    _Step("have no letter twice, case ignored", lambda s: len(set(s.lower())) == len(s)),
)  # fmt: skip
_MAP_WORDS = (
    _Step("turns each into upper case", str.upper),
    _Step("reverses each", lambda s: s[::-1]),
    _Step("cuts each after {n} characters", lambda s, n: s[:n]),
    _Step("repeats each {n} times", lambda s, n: s * n),
    _Step("removes the vowels (a, e, i, o and u, in either case) from each",
          lambda s: "".join(c for c in s if c.lower() not in set("aeiou"))),
    _Step("puts the length of each after a colon behind it, as in ab:2",
          lambda s: f"{s}:{len(s)}"),
)  # fmt: skip
_FOLD_WORDS = (
    _Step("them joined with hyphens", "-".join),
    _Step("the total number of characters", lambda xs: sum(map(len, xs))),
    _Step("them sorted as Python sorts strings", sorted),
    _Step("the longest, the first of several, or None if there is none",
          lambda xs: max(xs, key=len, default=None)),
    _Step("a dictionary with how often each occurs", lambda xs: {x: xs.count(x) for x in xs}),
    _Step("them without repetitions, in the order in which each first occurs",
          lambda xs: list(dict.fromkeys(xs))),
)  # fmt: skip
