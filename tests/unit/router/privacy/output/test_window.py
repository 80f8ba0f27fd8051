"""A masked stream is the mask of the whole text, however it was cut, and nothing found gets out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain import DataClass
from router.privacy.output.mask import Hit, masked
from router.privacy.output.open_tail import MAX_HELD_CHARACTERS, open_from
from router.privacy.output.window import CONTEXT_CHARACTERS, Window

Detect = Callable[[str], list[Hit]]

PATTERNS = {
    "EMAIL_ADDRESS": re.compile(r"[\w.]+@\w+(?:\.\w+)+"),
    "US_SSN": re.compile(r"\b\d{3}-\d{2}-\d{4}\b"),
    "CREDIT_CARD": re.compile(r"\b\d{4}(?: \d{4}){3}\b"),
    "PERSON": re.compile(r"[A-ZÄÉ][a-zäé]+(?:[ \n](?:de |van der )?[A-ZÄÉ][a-zäé]+)+"),
    "POSTAL_ADDRESS": re.compile(r"\d+ [A-Z][a-z]+ Street(?:, [A-Z][a-z]+)?"),
    "PHONE_NUMBER": re.compile(r"(?:\b(?:one|two|three)\b ?){4,}"),
}
IDENTIFIERS = [
    "jane.roe@example.com",
    "123-45-6789",
    "4111 1111 1111 1111",
    "Jane Roe",
    "Jane\nRoe",
    "Élodie de Vries",
    "Jan van der Berg",
    "12 High Street, Springfield",
    "one two three one two",
]


def hit(kind: str, start: int, end: int) -> Hit:
    return Hit(start, end, kind, DataClass.RESTRICTED)


def detect(text: str) -> list[Hit]:
    return [
        hit(kind, *match.span())
        for kind, known in PATTERNS.items()
        for match in known.finditer(text)
    ]


def streamed(chunks: Iterable[str], detector: Detect) -> tuple[str, list[str]]:
    """What comes out of a window that is scanned after every chunk, and the types it counted."""
    window, out, types = Window(), "", []
    for chunk in chunks:
        window.add(chunk)
        settled = window.settle(detector(window.view()))
        out += settled.text
        types += settled.entity_types
        assert window.held <= MAX_HELD_CHARACTERS
    while window.held:
        settled = window.settle(detector(window.view()), final=True)
        out += settled.text
        types += settled.entity_types
    return out, types


def cut(text: str, places: Iterable[int]) -> list[str]:
    at = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in pairwise(at)]


PLAIN = st.sampled_from(
    ["please", "write", "to", "the", "river,", "is", "quiet.", "und", "(so)", "é"]
)
PIECES = st.lists(st.one_of(PLAIN, st.sampled_from(IDENTIFIERS)), max_size=40)
CUTS = st.lists(st.integers(0, 10_000), max_size=60)


@given(PIECES, st.sampled_from([", ", "; so ", ".\nthen ", "\n\n"]), CUTS)
def test_a_masked_stream_is_the_mask_of_the_whole(
    pieces: list[str], between: str, at: list[int]
) -> None:
    text = between.join(pieces)
    out, types = streamed(cut(text, at), detect)
    assert out == masked(text, detect(text))
    assert len(types) == len(detect(text))
    assert not any(identifier in out for identifier in IDENTIFIERS)


@given(st.text(max_size=400), st.data(), CUTS)
def test_whatever_is_found_inside_a_word_is_masked_in_any_text(
    text: str, data: st.DataObject, at: list[int]
) -> None:
    words = [match.span() for match in re.finditer(r"\S{1,60}", text)]
    spans = []
    if words:
        for start, end in data.draw(st.lists(st.sampled_from(words), max_size=8)):
            a = data.draw(st.integers(start, end - 1))
            spans.append((a, data.draw(st.integers(a + 1, end))))

    def out_of(chunks: list[str]) -> str:
        window, out, heard, gone = Window(), "", 0, 0
        for chunk in [*chunks, ""]:
            heard += len(chunk)
            window.add(chunk)
            base = heard - len(window.view())
            found = [hit("X", a - base, b - base) for a, b in spans if a >= base and b <= heard]
            before = window.held
            settled = window.settle(found, final=not chunk and heard == len(text))
            gone += before - window.held
            out += settled.text
            assert all(b <= gone or a >= gone for a, b in spans if b <= heard)
        assert window.held == 0
        return out

    whole = masked(text, [hit("X", a, b) for a, b in spans])
    assert out_of([text]) == whole
    assert out_of([chunk for chunk in cut(text, at) if chunk]) == whole


@given(st.text(max_size=300), CUTS)
def test_without_findings_the_text_comes_out_as_it_went_in(text: str, at: list[int]) -> None:
    assert streamed(cut(text, at), lambda _view: []) == (text, [])


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("please write to the", "to the"),
        ("please write to ", "to "),
        ("so says jane.r", "says jane.r"),
        ("my card is 4111 1111 11", "4111 1111 11"),
        ("it was Jane ", "Jane "),
        ("it was Jane van der ", "Jane van der "),
        ("call one two ", "one two "),
        ("jane [at] exam", "jane [at] exam"),
        ("Jane Roe said\n\nno", "no"),
        ("J. R. Roe of 12 High ", "J. R. Roe of 12 High "),
        ("", ""),
        ("\u6211\u53eb\u738b\u3002\u4f60\u597d", "\u4f60\u597d"),
    ],
)
def test_no_more_is_held_than_could_begin_something(text: str, held: str) -> None:
    assert text[open_from(text) :] == held


def test_when_nothing_follows_a_sentence_is_let_go_whole_and_a_name_is_not() -> None:
    assert open_from("Let me look that up.", ended=True) == 20
    assert open_from("let me look that up", ended=True) == 19
    text = "it was Jane "
    assert text[open_from(text, ended=True) :] == "Jane "


def test_what_grows_beyond_all_bounds_is_masked_once_it_is_known() -> None:
    """A key of a thousand characters, recognised by its beginning."""

    def found(view: str) -> list[Hit]:
        return [hit("PRIVATE_KEY", m.start(), m.end()) for m in re.finditer(r"KEYx*|x{40,}", view)]

    text = "so KEY" + "x" * 1000 + " and on"
    out, types = streamed([text[i : i + 7] for i in range(0, len(text), 7)], found)
    assert out == "so [PRIVATE_KEY] and on"
    assert types == ["PRIVATE_KEY"]


def test_of_what_is_recognised_too_late_the_rest_is_masked() -> None:
    def found(view: str) -> list[Hit]:
        return [hit("LATE", m.start(), m.end()) for m in re.finditer(r"x+!", view)]

    text = "x" * 200 + "! so it is"
    out, _ = streamed([text[i : i + 10] for i in range(0, len(text), 10)], found)
    assert "!" not in out
    assert out.endswith("[LATE] so it is")
    assert out.count("x") <= 200 - MAX_HELD_CHARACTERS + CONTEXT_CHARACTERS


def test_a_view_stays_small_however_long_the_text() -> None:
    window, looked_at = Window(), 0
    for _ in range(2_000):
        window.add("Jane Roe, 12345; and so on.\n")
        looked_at += len(window.view())
        window.settle([])
    assert looked_at < 2_000 * (28 + MAX_HELD_CHARACTERS + CONTEXT_CHARACTERS)


def test_halves_of_a_character_are_one_again() -> None:
    window = Window()
    for half in ("\ud83d", "\ude00"):
        window.add(half)
    assert window.view() == "\U0001f600"


def test_overlapping_findings_are_one_region_named_after_the_gravest() -> None:
    hits = [
        Hit(0, 8, "PERSON", DataClass.CONFIDENTIAL),
        Hit(5, 9, "US_SSN", DataClass.RESTRICTED),
        Hit(9, 10, "URL", DataClass.PUBLIC),
        Hit(3, 3, "EMPTY", DataClass.RESTRICTED),
    ]
    assert masked("0123456789", hits) == "[US_SSN][URL]"
