"""The real model on this machine: all of a text is read, always alike, until the deadline."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.detection.neural import model_files
from serving.detection.neural.model_files import ModelMissing
from serving.detection.neural.quantise import ensure
from serving.detection.neural.token_classifier import TokenClassifier

FILLER = "The committee discussed the budget and agreed to meet again next week. "


def in_time() -> None:
    """A deadline that is far away."""


class TooLate(Exception):
    pass


def after(calls: int) -> Callable[[], None]:
    left = iter(range(calls))

    def deadline() -> None:
        if next(left, None) is None:
            raise TooLate

    return deadline


@pytest.fixture(scope="module")
def classifier() -> Iterator[TokenClassifier]:
    loaded = TokenClassifier(ensure(), threads=2)
    yield loaded
    loaded.close()


def found(classifier: TokenClassifier, text: str) -> dict[str, str]:
    """Entity type → matched text, of what is at least half believed."""
    return {
        entity_type: text[start:end]
        for _, entity_type, start, end, score in classifier.scan([text], in_time)
        if score >= 0.5
    }


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hi, this is Marta Kowalczyk, I cannot log in.", "Marta Kowalczyk"),
        ("can you write a reference for tobias wendt", "tobias wendt"),
        ("PLEASE TELL JORGE BALLESTEROS IT WAS MOVED", "JORGE BALLESTEROS"),
        ('{"patient": "Leopold Brandstätter", "ward": 2}', "Leopold Brandstätter"),
        ("Kannst du die Bewerbung von Frau Steinbrecher bewerten?", "Steinbrecher"),
        ("A aluna Beatriz Falcão faltou à prova.", "Beatriz Falcão"),
        (
            "INSERT INTO patients (name, ward) VALUES ('Esperanza Villalobos', 3);",
            "Esperanza Villalobos",
        ),
    ],
)
def test_names_are_found_however_they_are_written(
    classifier: TokenClassifier, text: str, name: str
) -> None:
    assert found(classifier, text).get("PERSON") == name


def test_an_address_is_found_whole(classifier: TokenClassifier) -> None:
    text = "Please deliver it to 418 Sycamore Lane, Springfield, IL 62701 by Friday."
    assert found(classifier, text)["POSTAL_ADDRESS"].startswith("418 Sycamore Lane, Springfield")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "What is the Monte Carlo method used for?",
        "Explain Newton's second law.",
        "for item in items:\n    total += len(item)\n",
        "how to center a div",
    ],
)
def test_harmless_texts_hold_no_person(classifier: TokenClassifier, text: str) -> None:
    assert "PERSON" not in found(classifier, text)


@pytest.mark.parametrize("place", [0, 7, 23, 60])
def test_a_name_is_found_wherever_it_stands_in_a_long_text(
    classifier: TokenClassifier, place: int
) -> None:
    sentence = "Marta Kowalczyk called about her blood test. "
    text = FILLER * place + sentence + FILLER * (60 - place)
    assert found(classifier, text)["PERSON"] == "Marta Kowalczyk"


def test_a_text_has_the_same_findings_alone_and_among_others(classifier: TokenClassifier) -> None:
    texts = [FILLER * 30 + "Ask Marta Kowalczyk.", "my boss kemal", "", "12 Elm Street, Boston"]
    together = classifier.scan(texts, in_time)
    apart = [
        (number, *rest)
        for number, text in enumerate(texts)
        for _, *rest in classifier.scan([text], in_time)
    ]
    assert [finding[:4] for finding in together] == [finding[:4] for finding in apart]
    assert [finding[4] for finding in together] == pytest.approx([f[4] for f in apart], abs=1e-4)
    assert classifier.scan(texts, in_time) == together


@pytest.mark.parametrize("calls", [0, 1, 5])
def test_a_deadline_ends_a_scan_and_the_next_one_is_complete(
    classifier: TokenClassifier, calls: int
) -> None:
    with pytest.raises(TooLate):
        classifier.scan([FILLER * 100], after(calls))
    assert found(classifier, "Ask Marta Kowalczyk.") == {"PERSON": "Marta Kowalczyk"}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(st.characters(), max_size=80), max_size=4))
def test_any_text_can_be_scanned(classifier: TokenClassifier, texts: list[str]) -> None:
    for number, _, start, end, score in classifier.scan(texts, in_time):
        assert 0 <= start < end <= len(texts[number])
        assert 0 <= score <= 1


def test_offsets_count_characters_of_the_original(classifier: TokenClassifier) -> None:
    text = "\u200bé\u0301 \ud800 🙂🙂 " + "ﬁ" * 5 + " Ask Marta Kowalczyk today."
    assert found(classifier, text)["PERSON"] == "Marta Kowalczyk"


def test_a_wall_of_letters_is_bounded_and_what_follows_is_read(classifier: TokenClassifier) -> None:
    text = "a" * 50_000 + " Ask Marta Kowalczyk today."
    assert found(classifier, text)["PERSON"] == "Marta Kowalczyk"


def test_the_version_names_model_runtime_and_rules(classifier: TokenClassifier) -> None:
    names = [part.partition("/")[0] for part in classifier.version.split()]
    assert names == ["rampart", "onnxruntime", "tokenizers", "rules"]


def test_a_model_that_was_tampered_with_is_not_loaded(tmp_path: Path) -> None:
    target = model_files.target_of(model_files.sha256_of(model_files.published().model), tmp_path)
    with pytest.raises(ModelMissing, match="quantise"):
        model_files.locate(tmp_path)
    target.mkdir()
    (target / model_files.MODEL).write_bytes(b"something else")
    (target / model_files.MANIFEST).write_text(json.dumps({"sha256": "0" * 64}))
    with pytest.raises(ModelMissing, match="delete the directory"):
        model_files.locate(tmp_path)
