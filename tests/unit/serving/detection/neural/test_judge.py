"""A name is believed as somebody's where it looks like one; half is the threshold."""

from __future__ import annotations

import pytest

from serving.detection.neural.common_words import Commonness, Dictionary
from serving.detection.neural.judge import Judge
from serving.detection.neural.labels import ENTITY_TYPES, PERSON
from serving.detection.neural.spans import Span


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge.load()


def score(judge: Judge, text: str, words: str, given: float, entity_type: str = PERSON) -> float:
    start = text.index(words)
    (judged,) = judge.judged(text, [Span(entity_type, start, start + len(words), given)])
    return judged.score


def test_a_name_inside_a_sentence_is_believed_when_the_model_hesitates(judge: Judge) -> None:
    assert score(judge, "Please ask Natasja about the van.", "Natasja", 0.2) > 0.5
    assert score(judge, "please ask natasja about the van.", "natasja", 0.6) > 0.5
    assert score(judge, "Please ask natasja about the van.", "natasja", 0.9) < 0.5


def test_common_words_are_not_names(judge: Judge) -> None:
    assert score(judge, "what does persuade mean", "persuade", 0.9) < 0.5
    assert score(judge, "Popcorn", "Popcorn", 0.6) < 0.5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What did Albert Einstein discover?", "Albert Einstein"),
        ("Explain Heisenberg's uncertainty", "Heisenberg"),
        ("Who was GOETHE?", "GOETHE"),
        ("Wie alt wurde Angela Merkels Partei?", "Angela Merkel"),
        ("Compare the paintings of Dürer", "Dürer"),
        ("Explain the Rasmussen algorithm", "Rasmussen"),
    ],
)
def test_public_figures_and_what_is_named_after_people_are_nobodys_data(
    judge: Judge, text: str, words: str
) -> None:
    assert score(judge, text, words, 0.9) < 0.5


@pytest.mark.parametrize("text", ["Mr. Newton owes rent.", "My name is Newton."])
def test_somebody_who_is_called_like_a_public_figure_is_a_person(judge: Judge, text: str) -> None:
    assert score(judge, text, "Newton", 0.9) > 0.5


def test_code_needs_more_than_the_model(judge: Judge) -> None:
    code = "def area(shape):\n    return Turtle.pen(shape)\n"
    assert score(judge, code, "Turtle", 0.95) < 0.5
    assert score(judge, "x = load('Marta Kowalczyk')", "Marta Kowalczyk", 0.9) > 0.5


def test_numbers_need_their_shape(judge: Judge) -> None:
    assert score(judge, "call 030 1234567 now", "030 1234567", 0.9, "PHONE_NUMBER") > 0.5
    assert score(judge, "call 2024-01-02 now", "2024-01-02", 0.99, "PHONE_NUMBER") < 0.5
    assert score(judge, "call 12 now", "12", 0.99, "PHONE_NUMBER") < 0.5
    assert score(judge, "hash deadbeef00112233", "deadbeef00112233", 0.99, "TAX_ID") < 0.5
    assert score(judge, "mail me", "mail me", 0.99, "EMAIL_ADDRESS") < 0.5


def test_a_street_needs_a_number(judge: Judge) -> None:
    assert score(judge, "to 12 Elm Street", "Elm Street", 0.9, "POSTAL_ADDRESS") > 0.5
    assert score(judge, "they crossed Abbey Road", "Abbey Road", 0.95, "POSTAL_ADDRESS") < 0.5


@pytest.mark.parametrize("entity_type", ENTITY_TYPES)
def test_every_type_is_judged_and_stays_a_probability(judge: Judge, entity_type: str) -> None:
    for given in (0.0, 0.5, 1.0):
        assert 0 <= score(judge, "on 12 Elm Street", "12 Elm", given, entity_type) <= 1


def test_the_dictionary_knows_words_from_names() -> None:
    dictionary = Dictionary.load()
    assert dictionary.look_up("Persuaded") is Commonness.WORD
    assert dictionary.look_up("popcorn") is Commonness.NOUN
    assert dictionary.look_up("Kowalczyk") is Commonness.UNKNOWN
