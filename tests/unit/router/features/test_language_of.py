"""A language is told where a text says enough of it, and not guessed where it does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.features.language import language_of

TOLD = {
    "en": "Please summarise the report that was sent to the board and say what is missing.",
    "de": "Bitte fasse den Bericht zusammen, der an die Leitung ging, und sage, was fehlt.",
    "fr": "Veuillez résumer le rapport qui est parti à la direction et dire ce qui ne va pas.",
    "es": "Por favor, resume el informe que se envió a la dirección y di lo que falta en él.",
    "it": "Riassumi il rapporto che è andato alla direzione e di che cosa non parla, per favore.",
    "pt": "Resuma o relatório que não foi enviado à direção e diga o que está em falta.",
    "nl": "Vat het rapport samen dat naar de directie is gestuurd en zeg wat er niet in staat.",
    "pl": "Proszę podsumować raport, który jest dla zarządu, i napisać, czego się nie da ustalić.",
    "ru": "Пожалуйста, кратко изложите отчёт.",
    "uk": "Будь ласка, стисло перекажіть цей звіт і його висновки.",  # noqa: RUF001
    "el": "Παρακαλώ συνόψισε την αναφορά.",
    "zh": "请总结这份报告。",
    "ja": "この報告書を要約してください。",
    "ko": "이 보고서를 요약해 주세요.",
    "ar": "لخص هذا التقرير من فضلك.",
    "he": "סכם את הדוח הזה בבקשה.",
    "hi": "कृपया इस रिपोर्ट का सारांश दें।",
    "th": "กรุณาสรุปรายงานนี้",
}


@pytest.mark.parametrize(("code", "text"), TOLD.items(), ids=TOLD)
def test_a_sentence_is_in_its_language(code: str, text: str) -> None:
    assert language_of(text) == code


def test_dashes_quotes_and_signs_are_of_every_language() -> None:
    assert language_of(f"\u201e{TOLD['de']}\u201c \u2013 \u2026 40 \u20ac \u2713") == "de"


@pytest.mark.parametrize(
    "text",
    ["", "42", "SELECT 1;", "ok", "GmbH 2024", "α = 0.05, p < 0.01"],  # noqa: RUF001
    ids=["nothing", "number", "code", "word", "name", "formula"],
)
def test_what_says_too_little_is_in_none(text: str) -> None:
    assert language_of(text) is None


@given(st.text(max_size=200))
def test_any_text_has_one_or_none(text: str) -> None:
    code = language_of(text)
    assert code is None or code in TOLD
