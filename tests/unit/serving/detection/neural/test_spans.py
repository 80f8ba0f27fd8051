"""What stands together is one entity, and nothing else is."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from serving.detection.neural.labels import ENTITY_TYPES, LOCATION, PERSON, POSTAL_ADDRESS
from serving.detection.neural.spans import Span, Words, spans


def words_of(text: str, scored: dict[str, tuple[str, float]]) -> Words:
    """Words as the tokenizer cuts them, scored where `scored` has them."""
    found = list(re.finditer(r"\w+|[^\w\s]", text))
    scores = np.zeros((len(found), len(ENTITY_TYPES)), np.float32)
    for at, match in enumerate(found):
        if match[0] in scored:
            entity_type, score = scored[match[0]]
            scores[at, ENTITY_TYPES.index(entity_type)] = score
    return Words(
        np.array([match.start() for match in found], np.int64),
        np.array([match.end() for match in found], np.int64),
        scores,
    )


def found_in(text: str, scored: dict[str, tuple[str, float]]) -> list[tuple[str, str]]:
    return [
        (span.entity_type, text[span.start : span.end])
        for span in spans(text, words_of(text, scored))
    ]


def test_given_name_and_surname_are_one_person() -> None:
    names = {"Marta": (PERSON, 0.9), "Kowalczyk": (PERSON, 0.6)}
    assert found_in("I met Marta Kowalczyk today", names) == [(PERSON, "Marta Kowalczyk")]
    assert found_in("Marta, Kowalczyk", names) == [(PERSON, "Marta"), (PERSON, "Kowalczyk")]
    assert found_in("Marta\nKowalczyk", names) == [(PERSON, "Marta"), (PERSON, "Kowalczyk")]


def test_a_span_scores_as_its_surest_word() -> None:
    names = {"Marta": (PERSON, 0.9), "Kowalczyk": (PERSON, 0.6)}
    (span,) = spans("Marta Kowalczyk", words_of("Marta Kowalczyk", names))
    assert (round(span.score, 3), round(span.weakest, 3), span.words) == (0.9, 0.6, 2)


def test_small_words_beside_a_name_are_left_out_and_particles_are_not() -> None:
    scored = dict.fromkeys(
        ["aluna", "Beatriz", "Falcão", "faltou", "van", "Leeuwen"], (PERSON, 0.8)
    )
    assert (PERSON, "Beatriz Falcão") in found_in("A aluna Beatriz Falcão faltou", scored)
    assert found_in("Beatriz van Leeuwen", scored) == [(PERSON, "Beatriz van Leeuwen")]


def test_street_number_city_and_code_are_one_address() -> None:
    scored = {
        "Elm": (POSTAL_ADDRESS, 0.9),
        "12": (POSTAL_ADDRESS, 0.7),
        "Springfield": (LOCATION, 0.99),
        "62701": (LOCATION, 0.8),
    }
    text = "Ship to 12 Elm, Springfield 62701 please"
    (address,) = spans(text, words_of(text, scored))
    assert address.entity_type == POSTAL_ADDRESS
    assert text[address.start : address.end] == "12 Elm, Springfield 62701"
    assert round(address.score, 3) == 0.9, "the street's, not the city's"


def test_a_city_by_itself_is_a_location() -> None:
    assert found_in("Off to Springfield", {"Springfield": (LOCATION, 0.9)}) == [
        (LOCATION, "Springfield")
    ]


def test_no_words_no_spans() -> None:
    assert spans("", words_of("", {})) == []


@given(st.text(max_size=60), st.integers(0, 9))
def test_spans_are_in_order_and_never_overlap(text: str, seed: int) -> None:
    words = words_of(text, {})
    generator = np.random.default_rng(seed)
    scores = generator.dirichlet(np.ones(len(ENTITY_TYPES) + 1) / 4, len(words.starts))
    words = Words(words.starts, words.ends, scores[:, 1:].astype(np.float32))
    found: list[Span] = spans(text, words)
    for before, after in pairwise(found):
        assert before.end <= after.start
    assert all(0 <= span.start < span.end <= len(text) for span in found)
