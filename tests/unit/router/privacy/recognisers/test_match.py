"""The matcher: what it finds, where, and that no input makes it slow, wrong or loud."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.privacy.recognisers.checks import digits, luhn
from router.privacy.recognisers.match import PatternMatcher
from router.privacy.recognisers.pattern import Pattern

NUMBER = Pattern("number", "NUMBER", r"\d{4}", 0.9)
NAMED = Pattern("named", "NAMED", r"\d{4}", 0.8, context=("badge", "staff no", "çode"))
EITHER = Pattern("either", "EITHER", r"\d{4}", 0.8, context=("badge",), score_alone=0.3)


def found(text: str, *patterns: Pattern, joined: bool = False) -> list[tuple[str, float]]:
    matches = PatternMatcher(patterns).find(text, joined=joined)
    return [(text[m.start : m.end], m.score) for m in matches]


def test_offsets_are_characters_whatever_the_script() -> None:
    text = "ключ 🔑 é 1234 ключ 5678"
    assert found(text, NUMBER) == [("1234", 0.9), ("5678", 0.9)]


@pytest.mark.parametrize("text", ["x1234", "1234x", "é1234", "1234й", "01234", "12345"])
def test_a_match_does_not_continue_a_word_or_a_number(text: str) -> None:
    assert found(text, NUMBER) == []


@pytest.mark.parametrize(
    "text", ["号码1234是", "번호는 1234입니다", "x_1234_y", "「1234」", "(1234)"]
)
def test_scripts_without_spaces_and_punctuation_are_no_continuation(text: str) -> None:
    assert found(text, NUMBER) == [("1234", 0.9)]


def test_a_pattern_may_renounce_boundaries() -> None:
    assert found("x1234y", Pattern("n", "N", r"\d{4}", 0.9, boundaries=False)) == [("1234", 0.9)]


@pytest.mark.parametrize("text", ["1.1234", "1234.5", "99-1234", "1234-9"])
def test_an_isolated_number_is_not_part_of_a_longer_one(text: str) -> None:
    assert found(text, Pattern("n", "N", r"\d{4}", 0.9, isolated=True)) == []


@pytest.mark.parametrize("text", ["1234.", "a-1234", "1234,5678", "(1234)"])
def test_what_only_punctuates_does_not_join(text: str) -> None:
    assert ("1234", 0.9) in found(text, Pattern("n", "N", r"\d{4}", 0.9, isolated=True))


def test_only_the_named_group_is_found() -> None:
    assert found("pin: 1234", Pattern("p", "P", r"pin: (?P<value>\d+)", 1.0)) == [("1234", 1.0)]


def test_a_wrong_start_does_not_hide_what_begins_inside_it() -> None:
    checked = Pattern("c", "C", r"\d{2,4}(?: \d{4}){3}", 0.9, validate=luhn)
    assert found("99 4111 1111 1111 1111", checked) == [("4111 1111 1111 1111", 0.9)]


def test_neighbours_share_the_space_between_them() -> None:
    assert [value for value, _ in found("1234 5678 9012", NUMBER)] == ["1234", "5678", "9012"]


@pytest.mark.parametrize(
    "text",
    [
        "badge 1234",
        "BADGE: 1234",
        "badge_no=1234",
        "<badge>1234</badge>",
        '{"userBadge": "1234"}',
        "staffNo: 1234",
        "staff-no 1234",
        "STAFF_NO=1234",
        "1234 is her badge",
        "çode 1234",
        "code 1234",
    ],
)
def test_the_context_is_found_as_words_and_as_field_names(text: str) -> None:
    assert found(text, NAMED) == [("1234", 0.8)]


@pytest.mark.parametrize(
    "text", ["1234", "badger 1234", "a rebadge 1234", f"badge {'x ' * 60}1234", "staff 1234"]
)
def test_without_its_context_nearby_it_is_no_finding(text: str) -> None:
    assert found(text, NAMED) == []


def test_a_star_stands_for_every_ending() -> None:
    stem = Pattern("s", "S", r"\d{4}", 0.8, context=("karte*",))
    assert found("Kartennummer 1234", stem) == [("1234", 0.8)]
    assert found("Landkarten 1234", stem) == []


def test_phrases_that_overlap_all_count() -> None:
    one = Pattern("1", "ONE", r"\d{4}", 0.8, context=("bank account",))
    two = Pattern("2", "TWO", r"\d{4}", 0.8, context=("account number",))
    three = Pattern("3", "THREE", r"\d{4}", 0.8, context=("bank account number",))
    assert len(found("bank account number 1234", one, two, three)) == 3


def test_a_longer_phrase_that_goes_on_does_not_hide_a_shorter_one() -> None:
    tax = Pattern("t", "T", r"\d{4}", 0.8, context=("tax", "tax id"))
    assert found("tax ideas 1234", tax) == [("1234", 0.8)]


def test_the_distance_is_counted_in_characters() -> None:
    assert found("badge " + "й" * 85 + " 1234", NAMED) == [("1234", 0.8)]
    assert found("badge " + "й" * 95 + " 1234", NAMED) == []


def test_alone_it_may_score_less() -> None:
    assert found("1234", EITHER) == [("1234", 0.3)]
    assert found("badge 1234", EITHER) == [("1234", 0.8)]


def test_one_value_of_one_type_is_reported_once_with_its_best_score() -> None:
    low = Pattern("low", "NUMBER", r"\d+", 0.2)
    assert found("1234", low, NUMBER) == [("1234", 0.9)]


def test_where_texts_meet_only_what_is_checked_or_named_is_looked_for() -> None:
    strict = Pattern("strict", "STRICT", r"\d{4}", 1.0, validate=luhn, joins=True)
    assert found("1230", NUMBER, NAMED, strict, joined=True) == [("1230", 1.0)]
    assert ("1230", 0.8) in found("badge 1230", NUMBER, NAMED, strict, joined=True)


def test_a_pattern_that_is_no_pattern_is_named() -> None:
    with pytest.raises(ValueError, match="broken"):
        PatternMatcher([Pattern("broken", "B", r"(?=x)", 1.0)])


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=200))
def test_any_text_can_be_searched_and_offsets_fit(text: str) -> None:
    for match in PatternMatcher([NUMBER, NAMED, EITHER]).find(text):
        assert digits(text[match.start : match.end]) == text[match.start : match.end]


@pytest.mark.parametrize("unit", ["1-", "1 ", "12 ", "1.", "badge ", "badge 1234 ", "é1"])
def test_checks_grow_no_faster_than_the_text(unit: str) -> None:
    """Counted, not timed: how often a validator is asked."""
    asked = 0

    def count(text: str) -> bool:
        nonlocal asked
        asked += 1
        return False

    patterns = [
        Pattern("a", "A", r"\d(?:[ .-]?\d){3,9}", 0.9, validate=count),
        Pattern("b", "B", r"\d+", 0.9, validate=count, context=("badge",)),
    ]
    matcher = PatternMatcher(patterns)
    counts = []
    for length in (1_000, 2_000, 4_000):
        asked = 0
        matcher.find(unit * length)
        counts.append(asked)
    assert counts[2] <= 2 * counts[1] + 50
    assert counts[1] <= 2 * counts[0] + 50
