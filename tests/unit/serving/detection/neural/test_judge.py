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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cli", "cli"),
        ('{"path": "lib"}', "lib"),
        ("Falcon", "Falcon"),
        ('{"product": "Solveig lamp"}', "Solveig"),
        ("Vega SSD", "Vega"),
        ("9f1c2d7 2024-05-01 Purge the cache (#12)\n", "Purge"),
        ("The launch of Kestrel X4 was late", "Kestrel"),
        ("Name: TODO", "TODO"),
        ("Hallo! Dort steht noch etwas.", "Dort"),
    ],
)
def test_fragments_things_and_words_that_open_a_sentence_are_no_names(
    judge: Judge, text: str, words: str
) -> None:
    assert score(judge, text, words, 0.85) < 0.5


def test_a_capital_says_little_in_german(judge: Judge) -> None:
    german = "Bitte beim Schaffner abgeben, die Karte ist noch hier."
    assert score(judge, german, "Schaffner", 0.6) < 0.5
    assert score(judge, german.replace("Schaffner", "Kowalczyk"), "Kowalczyk", 0.9) > 0.5
    assert score(judge, "Leave it with Schaffner, please.", "Schaffner", 0.6) > 0.5


def test_a_full_name_alone_is_one(judge: Judge) -> None:
    assert score(judge, "Marta Kowalczyk", "Marta Kowalczyk", 0.9) > 0.5
    assert score(judge, "who is marta kowalczyk", "marta kowalczyk", 0.9) > 0.5


@pytest.mark.parametrize(
    "text",
    [
        "id;last_name;status\n1;Kowalczyk;open",
        "INSERT INTO t (id, first_name) VALUES (1, 'Kowalczyk')",
        '{"patient_name": "Kowalczyk"}',
        "Reserva la sala para Marta Kowalczyk y dos invitados.",
    ],
)
def test_a_name_is_found_where_the_place_says_so_and_the_model_does_not(
    judge: Judge, text: str
) -> None:
    (found,) = judge.judged(text, [])
    assert text[found.start : found.end].endswith("Kowalczyk")
    assert found.entity_type == PERSON
    assert found.score > 0.5


def test_placeholders_and_public_names_fill_no_field(judge: Judge) -> None:
    for value in ("TODO", "NULL", "Goethe", "Running Fast"):
        assert list(judge.judged(f'{{"patient_name": "{value}"}}', [])) == []


def test_a_place_that_something_is_for_is_somebody(judge: Judge) -> None:
    text = "Reserviere den Raum für Marta Kowalczyk und zwei Gäste."
    start = text.index("Marta")
    (found,) = judge.judged(text, [Span("LOCATION", start, start + 15, 0.9)])
    assert found.entity_type == PERSON
    assert found.score > 0.5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("7f3a\n9c41e0d2b7a84f16 2024 Merge the branch", "9c41e0d2b7a84f16"),
        ("-rw-r--r-- 1 root root 8858 2024", "1 root root 8858"),
        ("the Kestrel X2 is late", "Kestrel X2"),
        ('{"sku": "TRK-5968"}', "TRK-5968"),
    ],
)
def test_hashes_listings_and_products_are_no_addresses(judge: Judge, text: str, words: str) -> None:
    assert score(judge, text, words, 0.95, "POSTAL_ADDRESS") < 0.5


@pytest.mark.parametrize(
    "words", ["Kirchstraße 5a", "12 rue des Lilas", "via Garibaldi 7", "Calle Mayor 3", "4 Elm St"]
)
def test_addresses_in_several_languages(judge: Judge, words: str) -> None:
    assert score(judge, f"to {words}, please", words, 0.9, "POSTAL_ADDRESS") > 0.5
