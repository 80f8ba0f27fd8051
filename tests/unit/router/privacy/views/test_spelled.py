from __future__ import annotations

import pytest

from router.privacy.views.texts import views


def spelled(text: str) -> list[str]:
    return [view.text for view in views(text) if view.kind.endswith("spelled")]


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "4111111111111111"),
        ("card 4-1-1-1 1-1-1-1 1-2-1-1 1-1-1-1 ok", "card 4111 1111 1211 1111 ok"),
        ("id 1.2.3-4.5-6.7.8.9 end", "id 123-45-6789 end"),
        ("0 7 8 - 0 5 - 1 1 2 0", "078-05-1120"),
        ("write to j o h n @ x . com today", "write to j o h n@x.com today"),
        ("j o h n . d o e @ x . com", "john.doe@x.com"),
        ("J o h n   S m i t h", "John Smith"),
        ("4, 1, 1, 1, 1, 1, 1, 2", "41111112"),
        ("SSN O78-O5-ll2O", "SSN 078-05-1120"),
    ],
)
def test_what_is_kept_apart_is_read_together(text: str, reads: str) -> None:
    assert reads in spelled(text)


@pytest.mark.parametrize(
    "text",
    [
        "john [at] example [dot] com",
        "john(at)example(dot)com",
        "john at example dot com",
        "john@example dot com",
        "john @ example . com",
        "john {AT} example {DOT} com",
        "john[@]example[.]com",
        "john-at-example-dot-com",
        "john arroba example punto com",
        "john klammeraffe example punkt com",
    ],
)
def test_addresses_written_for_people_are_read(text: str) -> None:
    assert spelled(f"Mail {text} or call") == ["Mail john@example.com or call"]


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("four one one one, one one one one", "41111111"),
        ("zero seven eight dash zero five dash one one two zero", "078-05-1120"),
        ("double five triple one oh four nine", "55111049"),
        ("null eins sieben sechs zwei drei vier fünf", "01762345"),
        ("zwei drei einundvierzig null neun", "234109"),
        ("zéro six douze trente-quatre cinquante-six soixante-dix-huit", "0612345678"),
        ("seis uno dos treinta y cuatro cero cinco", "6123405"),
        ("tre quattro otto uno due sei", "348126"),
        ("nove um dois três quatro meia", "912346"),
        ("nul zes eenendertig vijf twee acht", "0631528"),
        ("SEVEN One two THREE four", "71234"),
        ("one 2 three four 5 six", "123456"),
        ("四一一一一二三", "4111123"),
    ],
)
def test_numbers_in_words_are_read(text: str, digits: str) -> None:
    assert any(digits in view for view in spelled(f"It is: {text}; thanks"))


def test_a_spelled_number_points_to_its_words() -> None:
    text = "call zero seven eight zero five one one two zero now"
    view = views(text).views[1]
    start, end = view.locate(5, 5 + len("078051120"))
    assert text[start:end] == "zero seven eight zero five one one two zero"


@pytest.mark.parametrize(
    "text",
    [
        "One or two of the three people said that four would do.",
        "We met at the dot com era's end; look at example.com for more.",
        "It will be put in at another point in the tree.",
        "f(a, b, c, d, e, f, g)",
        "line(0, -0.1, 0, 1.1, 2.5, 3)",
        "------ * * * * * * * ------",
        "Step 1. Step 2. Step 3. Version 1.2.3.4",
        "I a m not sure",
        "So I 4711 2289 took",
        "It is 10 to 12, and 3 of 4 came.",
        "Between one and two hundred, twenty three of them; five six.",
    ],
)
def test_prose_and_code_are_left_alone(text: str) -> None:
    assert len(views(text)) == 1


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("(0)(7)(8)(0)(5)(1)(1)(2)(0)", "078051120"),
        ("0\n7\n8\n0\n5\n1\n1\n2\n0", "078051120"),
        ("0-7-8-0-5-1-1-2-0", "078051120"),
        ("zero-seven-eight, zero-five, one-one-two-zero", "078051120"),
        ("M-a-r-i-a J-e-n-s-e-n", "Maria Jensen"),
        ("john at sign example dot com", "john@example.com"),
    ],
)
def test_other_signs_between_are_read_over(text: str, reads: str) -> None:
    assert any(reads in view for view in spelled(text))
