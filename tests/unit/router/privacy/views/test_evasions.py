from __future__ import annotations

import pytest

from router.privacy.views.texts import Views, views
from tests.unit.router.privacy.views.evasions import DECODED, ESCAPED, FOLDED, to_base64

SECRETS = ["078-05-1120", "4111 1111 1111 1111", "john.smith@example.com", "Maria Jensen-Patel"]
IN_PLACE = {**FOLDED, **DECODED, **ESCAPED}


def shows(found: Views, needle: str) -> list[tuple[str, tuple[int, int]]]:
    """(kind, place in the original) of every view in which `needle` can be read."""
    return [
        (view.kind, view.locate(at, at + len(needle)))
        for view in found
        if (at := view.text.find(needle)) >= 0
    ]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("evasion", IN_PLACE)
def test_a_disguised_secret_is_read_and_found_where_it_stands(evasion: str, secret: str) -> None:
    disguised = IN_PLACE[evasion](secret)
    text = f"Please look this up: {disguised} (thanks)"
    places = shows(views(text), secret)
    assert places
    for _, (start, end) in places:
        assert 0 <= start < end <= len(text)
        assert text[start:end].strip(" ;") in disguised or disguised in text[start:end]
        # Strokes and joiners after the last character may be left out; nothing else may be.
        assert end - start >= len(disguised) - 3


@pytest.mark.parametrize("outer", ["base64", "hex", "percent", "html decimal", "unicode escapes"])
@pytest.mark.parametrize("inner", [name for name in IN_PLACE if name != "control characters"])
def test_two_disguises_over_each_other_are_read(inner: str, outer: str) -> None:
    secret = "john.smith@example.com"
    text = f"decode {IN_PLACE[outer](IN_PLACE[inner](secret))} now"
    assert shows(views(text), secret)


@pytest.mark.parametrize("outer", [name for name in FOLDED if "digits" not in name])
@pytest.mark.parametrize("inner", ["base64", "hex", "base32"])
def test_a_disguised_code_is_undone_first(inner: str, outer: str) -> None:
    if "lookalikes" in outer:
        pytest.skip("a Cyrillic letter in base64 stands for two letters at once")
    secret = "john.smith@example.com"
    text = f"decode {FOLDED[outer](DECODED[inner](secret))} now"
    assert shows(views(text), secret)


def test_spaced_base64_is_read() -> None:
    assert shows(views(" ".join(to_base64("078-05-1120 John"))), "078-05-1120")


def test_a_name_half_escaped_in_several_codes_is_read_whole() -> None:
    text = r"for J\u006fhn Sm&#105;th%20Junior, please"
    found = views(text)
    assert [place for _, place in shows(found, "John Smith Junior")] == [(4, 33)]
    assert text[4:33] == r"J\u006fhn Sm&#105;th%20Junior"


def test_words_around_a_code_stay_with_what_it_says() -> None:
    found = views("my ssn is " + to_base64("078-05-1120") + ", keep it")
    assert shows(found, "my ssn is 078-05-1120, keep it")


def test_beyond_ascii_escapes_are_read_by_character() -> None:
    for text in ("Ren%C3%A9e", "Ren&eacute;e", r"Ren\u00e9e", r"Ren\xc3\xa9e", "Ren%E9e"):
        assert shows(views(text), "Renée")
    assert shows(views(r"\ud83d\ude00 ok"), "\U0001f600 ok")
    assert shows(views("Ren=C3=A9e M=C3=BC=\nller"), "Renée Müller")


def test_what_tags_and_selectors_say_in_secret_is_read() -> None:
    secret = "078-05-1120"
    tags = "".join(chr(0xE0000 + ord(c)) for c in secret)
    assert shows(views(f"hello{tags}"), secret)
    selectors = "".join(chr(0xE0100 + byte - 16) for byte in secret.encode())
    assert shows(views(f"hello\U0001f600{selectors}"), secret)


def test_a_text_that_is_encoded_beyond_the_limit_is_not_said_to_be_read() -> None:
    text = to_base64("My number is 078-05-1120. " * 1000)
    found = views(text, max_decoded_characters=5000)
    assert not found.complete
    assert sum(len(view.text) for view in found) <= len(text) + 3 * 5000
    assert views(text).complete
