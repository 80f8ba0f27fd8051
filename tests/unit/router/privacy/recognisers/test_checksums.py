"""Check digits: what is valid is found in any spacing, and what is not is no card."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban as stdnum_iban
from stdnum.iso7064 import mod_97_10

from router.privacy.recognisers.catalogue import CATALOGUE
from router.privacy.recognisers.checks import luhn
from router.privacy.recognisers.iban import COUNTRIES_BY_LENGTH, is_iban
from router.privacy.recognisers.match import PatternMatcher

MATCHER = PatternMatcher(CATALOGUE)
LENGTHS = {c: n for n, names in COUNTRIES_BY_LENGTH.items() for c in names.split()}
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@st.composite
def ibans(draw: st.DrawFn) -> str:
    country = draw(st.sampled_from(sorted(LENGTHS)))
    length = LENGTHS[country] - 4
    body = draw(st.text(alphabet=ALPHABET, min_size=length, max_size=length))
    return country + mod_97_10.calc_check_digits(body + country) + body


def spaced(number: str, size: int, separator: str) -> str:
    return separator.join(number[i : i + size] for i in range(0, len(number), size))


@given(ibans(), st.sampled_from([2, 3, 4, 5, 40]), st.sampled_from([" ", "-"]), st.booleans())
def test_any_iban_is_found_in_any_spacing(
    number: str, size: int, separator: str, lower: bool
) -> None:
    written = spaced(number.lower() if lower else number, size, separator)
    text = f"please pay to {written} today"
    found = [text[m.start : m.end] for m in MATCHER.find(text) if m.entity_type == "IBAN_CODE"]
    assert written in found


@given(ibans())
def test_one_changed_character_is_noticed(number: str) -> None:
    assert is_iban(number)
    # Within its kind: between 9 and A, or Z and 0, the remainder is of a number of another length.
    kind = ALPHABET[:10] if number[-1].isdigit() else ALPHABET[10:]
    changed = number[:-1] + kind[(kind.index(number[-1]) + 1) % len(kind)]
    assert not is_iban(changed)


def test_every_country_of_the_registry_is_known() -> None:
    assert stdnum_iban.is_valid("GB29NWBK60161331926819")
    assert len(LENGTHS) >= 89


@given(st.sampled_from(["4", "51", "2221", "6011", "35"]), st.data())
def test_any_card_is_found_in_its_spacings(prefix: str, data: st.DataObject) -> None:
    size = 15 - len(prefix)
    body = prefix + data.draw(st.text(alphabet="0123456789", min_size=size, max_size=size))
    if prefix == "35":
        body = "3530" + body[4:]
    number = next(body + d for d in "0123456789" if luhn(body + d))
    if len(set(number)) < 3:
        return
    for written in (number, spaced(number, 4, " "), spaced(number, 4, "-")):
        text = f"I paid with {written}."
        found = [text[m.start : m.end] for m in MATCHER.find(text)]
        assert written in found


@pytest.mark.parametrize("text", ["4539148803436468", "4539 1488 0343 6468", "3782 822463 10006"])
def test_a_card_with_a_wrong_digit_is_none_without_its_name(text: str) -> None:
    assert not [m for m in MATCHER.find(text) if m.entity_type == "CREDIT_CARD"]
    named = MATCHER.find(f"credit card {text}")
    assert [m for m in named if m.entity_type == "CREDIT_CARD"]


def test_names_of_patterns_are_unique() -> None:
    names = [pattern.name for pattern in CATALOGUE]
    assert len(names) == len(set(names))
