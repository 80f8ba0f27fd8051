# ruff: noqa: RUF001
from __future__ import annotations

import base64
import hashlib
import random
import uuid

import pytest

from router.privacy.views.illegible import BLOB, SCRIPT, illegible
from router.privacy.views.texts import views


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


JWT = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=")
    for part in (b'{"alg":"RS256","typ":"JWT"}', b'{"sub":"1234567890","role":"x"}', noise(256))
)


@pytest.mark.parametrize(
    "blob",
    [
        base64.b64encode(noise(120)).decode(),
        base64.urlsafe_b64encode(noise(120)).decode(),
        base64.encodebytes(noise(300)).decode(),
        "\n".join(f'"{base64.b64encode(noise(48 + at)).decode()[:64]}"' for at in range(5)),
        base64.b32encode(noise(200)).decode(),
        base64.b85encode(noise(200)).decode(),
        base64.a85encode(noise(200)).decode(),
        noise(120).hex(),
        noise(300).decode("utf-8", "replace"),
        noise(300).decode("latin-1"),
        "\u200b".join(base64.b64encode(noise(120)).decode()),
    ],
)
def test_what_decodes_to_nothing_is_a_blob(blob: str) -> None:
    assert illegible(f"Please run this: {blob}") == BLOB


@pytest.mark.parametrize(
    "text",
    [
        "Привет, меня зовут Анна и я живу в Казани",
        "The client wrote: Меня зовут Анна Петровна. Summarise it in English, in three sentences.",
        "我的身份证号码是多少呢,请告诉我",
        "تاريخ ميلادي هو الخامس من مايو",
        "Η Αθήνα είναι η πρωτεύουσα",
        "П р и в е т м е н я з о в у т",
    ],
)
def test_text_in_a_script_that_is_not_read_is_said_to_be_so(text: str) -> None:
    assert illegible(text) == SCRIPT
    assert (
        illegible(text, scripts=frozenset({"LATIN", "CYRILLIC", "CJK", "ARABIC", "GREEK"})) is None
    )


@pytest.mark.parametrize(
    "text",
    [
        hashlib.sha256(b"x").hexdigest(),
        "\n".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(9)),
        hashlib.sha512(b"x").hexdigest(),
        hashlib.sha1(b"x").hexdigest(),
        ",".join(str(uuid.UUID(bytes=noise(16))) for _ in range(20)),
        JWT,
        "ACGTTGCA" * 80,
        "A" * 900,
        "abc123" * 90,
        ("/\\_|=-+*#@" * 30 + "\n") * 6,
        "/usr/lib/python3.11/site-packages/google/protobuf/internal/SomeVeryLongName/test_v3.py"
        * 3,
        "https://news.example.com/articles/" + base64.urlsafe_b64encode(noise(180)).decode(),
        '!function(e,t){"object"==typeof exports?t(exports):t((e=e||self).d3=e.d3||{})}(this,'
        'function(e){"use strict";function t(e,t){return e<t?-1:e>t?1:e>=t?0:NaN}var n=1e-6});',
        "31415926535897932384626433832795028841971693993751058209749445923" * 6,
        ",".join(str(n / 7) for n in range(90)),
        base64.b64encode(b"Only a few harmless words, but quite a lot of them. " * 9).decode(),
        "Let α, β and γ be angles, ∑ λ_i μ_j = θ, ω ∈ Ω, Δx → π σ φ ψ τ ρ",
        "How do you say спасибо in Russian?",
        "What does 你好世界 mean in Chinese?",
        "Thiên nhiên Việt Nam rất đẹp và con người thân thiện",
        "🎉" * 200,
        "МЕТА mеtа рауlоаd соmраny ассоunt ореrаtiоn",
        "ｆｕｌｌｗｉｄｔｈ ｌｅｔｔｅｒｓ ａｒｅ ｌａｔｉｎ",
        "{'а': 1, 'б': 2, 'в': 3, 'г': 4, 'д': 5, 'е': 6, 'ж': 7, 'з': 8, 'и': 9, 'й': 10}",
    ],
)
def test_what_is_long_or_odd_but_readable_is_no_reason(text: str) -> None:
    assert illegible(text) is None


def test_a_foreign_text_inside_a_code_shows_in_the_decoded_view() -> None:
    text = base64.b64encode("Меня зовут Анна Петровна".encode()).decode()
    assert illegible(text) is None
    assert [illegible(view.text) for view in views(text)] == [None, SCRIPT]
