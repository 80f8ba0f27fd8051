"""What a text shows about a name: how it is written, where it stands, what touches it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.detection.neural import cues, plausible
from serving.detection.neural.plausible import Casing, Shape


def at(text: str, words: str) -> tuple[str, int, int]:
    start = text.index(words)
    return text, start, start + len(words)


@pytest.mark.parametrize(
    ("words", "shape"),
    [
        ("Marta Kowalczyk", Shape.TITLE),
        ("Sjoerd van Leeuwen", Shape.TITLE),
        ("McAllister", Shape.TITLE),
        ("DeRose", Shape.TITLE),
        ("O'Halloran", Shape.TITLE),
        ("JORGE BALLESTEROS", Shape.UPPER),
        ("marta kowalczyk", Shape.LOWER),
        ("山田太郎", Shape.CASELESS),
        ("GetNewThemeName", Shape.BROKEN),
        ("snake_case", Shape.BROKEN),
        ("B2", Shape.BROKEN),
        ("x", Shape.BROKEN),
        ("…", Shape.BROKEN),
    ],
)
def test_shape(words: str, shape: Shape) -> None:
    assert plausible.shape(words) is shape


@pytest.mark.parametrize(
    ("text", "words", "casing"),
    [
        ("We asked him, marta did not.", "marta", Casing.CASED),
        ("we asked him, marta did not.", "marta", Casing.NONE),
        ("i think I saw marta there", "marta", Casing.NONE),
        ("Answer the question.\n\nwho is marta", "marta", Casing.UNCASED_LINE),
        ("Grand Rapids Community Marta News", "Marta", Casing.HEADING),
    ],
)
def test_casing(text: str, words: str, casing: Casing) -> None:
    assert plausible.casing(*at(text, words)) is casing


def test_a_capital_is_grammar_at_the_start_of_a_sentence() -> None:
    assert plausible.starts_sentence("Marta left.", 0)
    assert plausible.starts_sentence("He left. Marta stayed.", 9)
    assert not plausible.starts_sentence("He met Marta.", 7)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("shelve.open(x)", "shelve"),
        ("from_marta", "marta"),
        ("/home/marta/x", "marta"),
        ("len(x)", "len"),
        ("@marta", "marta"),
        ("self.marta", "marta"),
        ("std::marta", "marta"),
    ],
)
def test_parts_of_code_paths_and_handles_are_identifiers(text: str, words: str) -> None:
    assert plausible.is_identifier(*at(text, words))


@pytest.mark.parametrize(
    "text", ["Ask Marta.", "Ask Marta (HR).", "name=Marta ", '"Marta"', "Dr.Marta", "Marta's"]
)
def test_names_in_prose_and_data_are_no_identifiers(text: str) -> None:
    assert not plausible.is_identifier(*at(text, "Marta"))


def test_code_is_code_and_its_strings_and_comments_are_not() -> None:
    assert plausible.in_code(*at("x = Marta.find(y)", "Marta"))
    assert not plausible.in_code(*at("x = find('Marta')", "Marta"))
    assert not plausible.in_code(*at("x = find(y)  # ask Marta", "Marta"))
    assert not plausible.in_code(*at("Please ask Marta about it.", "Marta"))


def test_titles_and_introductions_in_several_languages() -> None:
    for text in ("Mr. Wells", "Frau Wells", "Sra. Wells", "Mme Wells", "Dr Wells"):
        assert cues.has_title(text, text.index("Wells"))
    for text in ("my name is Wells", "Dear Wells", "ich heiße Wells", "patient: Wells"):
        assert cues.is_introduced(text, text.index("Wells"))
    assert not cues.has_title("the Wells", 4)


def test_a_law_a_disease_and_a_month_are_no_persons() -> None:
    for text in ("Newton's second law", "Newton disease", "Newton-algorithm"):
        assert cues.names_a_thing(text, len("Newton"))
    assert not cues.names_a_thing("Newton's lawyer", len("Newton"))
    assert cues.is_date(*at("since June", "June"))
    assert cues.is_date(*at("June 3", "June"))
    assert not cues.is_date(*at("ask June", "June"))


@given(st.text(max_size=200), st.data())
def test_any_text_can_be_asked_about(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    plausible.shape(text[start:end])
    plausible.casing(text, start, end)
    plausible.in_code(text, start, end)
    plausible.near_code(text, start, end)
    plausible.is_identifier(text, start, end)
    cues.is_date(text, start, end)
    first, last = plausible.line_of(text, start, end)
    assert first <= start <= end <= last
