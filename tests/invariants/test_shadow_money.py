"""What a shadow may cost is held before it is asked, with every try; what it took is settled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.bodies import HARMLESS
from tests.invariants.test_shadow_stays_inside import ask, bodies, ended, fast_in_private
from tests.stack import Stack
from tests.waiting import until

TRIES, MOST_TOKENS = 3, 100
"""Of an answer, as it is asked for."""


def tokens(stack: Stack) -> list[tuple[Any, ...]]:
    return stack.rows("SELECT output_tokens, cost_nano_usd > 0 FROM trials")


def test_the_most_of_all_tries_is_held_and_what_costs_nothing_is_given_back(
    own_stack: Callable[..., Stack],
) -> None:
    patient = {"attempt_timeout_s": 60, "total_timeout_s": 60, "attempts_per_model": TRIES}
    stack = own_stack(edit=fast_in_private(), cascade=patient)
    stack.providers["private"].configure(stall=True)
    ask(stack, HARMLESS, max_tokens=MOST_TOKENS)
    until(lambda: bodies(stack, "private"))
    assert tokens(stack) == [(TRIES * MOST_TOKENS, 1)]
    stack.providers["private"].stop()
    until(lambda: ended(stack))
    assert tokens(stack) == [(0, 0)]


def test_an_answer_that_never_came_is_settled_as_one_that_may_have_been_written(
    own_stack: Callable[..., Stack],
) -> None:
    hasty = {"attempt_timeout_s": 1, "attempts_per_model": TRIES}
    stack = own_stack(edit=fast_in_private(), cascade=hasty)
    stack.providers["private"].configure(stall=True)
    ask(stack, HARMLESS, max_tokens=MOST_TOKENS)
    ((_, outcome),) = until(lambda: ended(stack))
    assert outcome == "BackendTimeout"
    assert tokens(stack) == [(MOST_TOKENS, 1)]
