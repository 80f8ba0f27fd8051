"""What is asked: about 128 tokens, of which the gateway has seen all, most or nothing before.

Plain words at random, so that nothing in them looks like anybody's data; the same ones wherever the
same seed is.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from benchmarks.throughput.plain_words import PLAIN_WORDS

PROMPT_TOKENS, ANSWER_TOKENS = 128, 32
CHARACTERS_PER_TOKEN = 4
"""As the simulated engine counts them."""
CONVERSATIONS = 16
"""Requests take turns between so many."""

_EARLIER_TURNS = 3
_TURN_TOKENS = 16
_NEW_TOKENS = PROMPT_TOKENS - 2 * _EARLIER_TURNS * _TURN_TOKENS

Messages: TypeAlias = tuple[dict[str, str], ...]


class Case(StrEnum):
    """What of a request is new to the gateway; `seen` is what a goal is about."""

    SEEN = "seen"
    ALL_SEEN = "all_seen"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Workload:
    """`first` is sent to the gateway once, and not timed; then `warm_up`, and then what counts."""

    case: Case
    first: tuple[Messages, ...]
    warm_up: tuple[Messages, ...]
    timed: tuple[Messages, ...]

    @property
    def digest(self) -> str:
        """Of all that is sent, in its order."""
        sent = json.dumps([self.case, self.first, self.warm_up, self.timed], separators=(",", ":"))
        return f"sha256:{hashlib.sha256(sent.encode()).hexdigest()}"


def workload(case: Case, pairs: int, warm_up: int, seed: int) -> Workload:
    """Pure."""
    drawn = random.Random(f"{seed}/{case}")  # noqa: S311 - no secret is drawn
    if case is Case.UNSEEN:
        alone = [_new_question((), PROMPT_TOKENS, drawn) for _ in range(warm_up + pairs)]
        return _split(case, (), alone, warm_up)
    talks = [_earlier_turns(drawn) for _ in range(CONVERSATIONS)]
    first = [_new_question(talk, _NEW_TOKENS, drawn) for talk in talks]
    if case is Case.ALL_SEEN:
        again = [first[number % CONVERSATIONS] for number in range(warm_up + pairs)]
        return _split(case, first, again, warm_up)
    new = (
        _new_question(talks[number % CONVERSATIONS], _NEW_TOKENS, drawn)
        for number in range(warm_up + pairs)
    )
    return _split(case, first, [*new], warm_up)


def body(messages: Messages, choice: str) -> dict[str, Any]:
    return {
        "model": choice,
        "messages": list(messages),
        "max_tokens": ANSWER_TOKENS,
        "stream": True,
    }


def _split(
    case: Case, first: Iterable[Messages], rest: Sequence[Messages], warm_up: int
) -> Workload:
    return Workload(case, tuple(first), tuple(rest[:warm_up]), tuple(rest[warm_up:]))


def _earlier_turns(drawn: random.Random) -> Messages:
    return tuple(
        {"role": role, "content": _text(_TURN_TOKENS, drawn)}
        for _ in range(_EARLIER_TURNS)
        for role in ("user", "assistant")
    )


def _new_question(talk: Messages, tokens: int, drawn: random.Random) -> Messages:
    return (*talk, {"role": "user", "content": _text(tokens, drawn)})


def _text(tokens: int, drawn: random.Random) -> str:
    """Whole words, of at most so many tokens and at least all but three of them."""
    return " ".join(_words(tokens * CHARACTERS_PER_TOKEN, drawn))


def _words(room: int, drawn: random.Random) -> Iterator[str]:
    while True:
        word = drawn.choice(PLAIN_WORDS)
        room -= len(word) + 1
        if room < -1:
            return
        yield word
