"""What a model took is what it says or, where it does not, what is known of it: never nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from limit_cases import CHEAP, NANO_USD_PER_TOKEN, asked, model

from router.accounts.limits.estimate import input_tokens_of, text_tokens
from router.accounts.limits.taken import MAX_CHARGE_NANO_USD, taken
from router.dialects.heard import Heard
from router.domain import Attempt, JsonObject, Tier, Usage


def said(*pieces: str, usage: JsonObject | None = None) -> Heard:
    events: list[JsonObject] = [
        {"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces
    ]
    return Heard([*events, {"choices": [], "usage": usage}])


def test_what_is_reported_is_taken_at_its_word() -> None:
    reported = said("Hello", usage={"prompt_tokens": 3, "completion_tokens": 5})
    found = taken(asked(), CHEAP, reported)
    assert (found.usage, found.estimated) == (Usage(3, 5), False)
    assert found.cost_nano_usd == 5 * NANO_USD_PER_TOKEN


def test_of_what_broke_off_the_prompt_and_what_arrived_is_counted() -> None:
    request = asked(max_tokens=1_000)
    found = taken(request, CHEAP, said("The", " Rhine", "."))
    assert found.estimated
    assert found.usage == Usage(input_tokens_of(request), text_tokens(("The", " Rhine", ".")))


def test_a_piece_is_a_token_at_least() -> None:
    assert taken(asked(), CHEAP, said(*"aeiou")).usage.output_tokens == 5


def test_where_nothing_arrived_it_is_what_was_held_for_it() -> None:
    request = asked(max_tokens=1_000)
    found = taken(request, CHEAP)
    assert (found.usage, found.estimated) == (Usage(input_tokens_of(request), 1_000), True)


def test_whoever_has_counted_the_prompt_is_believed() -> None:
    assert taken(asked(), CHEAP, said("a"), 17).usage.input_tokens == 17


def test_it_is_written_on_the_attempt() -> None:
    attempt = Attempt(CHEAP.key, Tier.FAST, "cancelled", 0.1)
    found = taken(asked(max_tokens=10), CHEAP).written_on(attempt)
    assert (found.estimated, found.cost_nano_usd) == (True, 10 * NANO_USD_PER_TOKEN)
    assert (found.model, found.outcome) == (attempt.model, attempt.outcome)


@given(
    n=st.integers(0, 2**70),
    max_tokens=st.integers(0, 2**70),
    usd_per_mtok=st.floats(0, 10**6),
    pieces=st.lists(st.text(min_size=1, max_size=20), max_size=20),
)
def test_whatever_was_asked_for_it_can_be_written_and_is_not_less_than_what_arrived(
    n: int, max_tokens: int, usd_per_mtok: float, pieces: list[str]
) -> None:
    request, dear = asked(max_tokens, n=n), model("dear", usd_per_mtok)
    found = taken(request, dear, said(*pieces))
    assert found.usage.output_tokens >= len(pieces)
    assert found.usage.output_tokens < 2**63
    assert 0 <= found.cost_nano_usd <= MAX_CHARGE_NANO_USD
