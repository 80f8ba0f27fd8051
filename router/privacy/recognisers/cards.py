"""Payment cards: numbers by Luhn and issuer range, and the codes and dates that go with them."""

from __future__ import annotations

from .checks import digits, luhn, varied
from .pattern import Pattern
from .shapes import certain, named

_NUMBER_WORDS = (
    "credit card*", "debit card*", "card number", "card no", "card nr", "card #", "card num",
    "cardnumber", "cc number", "cc no", "cc num", "ccnum", "cc#", "cc", "card", "pan", "visa",
    "mastercard", "master card", "amex", "american express", "discover card", "maestro",
    "prepaid card", "payment card", "bank card", "bankcard", "corporate card", "charge card",
    "kreditkarte*", "bankkarte*", "kartennummer*", "karten nr", "girokarte*", "karte",
    "carte de crédit", "carte bancaire", "carte bleue", "numéro de carte", "carte", "n° de carte",
    "tarjeta*", "número de tarjeta", "carta di credito", "carta di debito", "numero di carta",
    "numero carta", "carta", "cartão*", "número do cartão", "creditcard*", "kaartnummer",
    "betaalkaart", "pinpas", "karta*", "karty", "kartę", "numer karty", "kartnummer", "kreditkort*",
    "luottokort*", "kredi kartı*", "kart numarası", "card ending", "信用卡*", "卡号", "银行卡*",
    "クレジットカード*", "カード番号", "신용카드*", "카드번호*", "بطاقة", "кредитн*", "карт*",
)  # fmt: skip

_CODE_WORDS = (
    "cvv", "cvv2", "cvc", "cvc2", "cid", "csc", "card security code", "security code of the card",
    "card verification", "card code", "prüfnummer", "kartenprüfnummer", "cryptogramme",
    "código de seguridad", "codice di sicurezza", "código de segurança", "beveiligingscode",
)  # fmt: skip

_EXPIRY_WORDS = (
    "card expiry", "card expires", "card expiration", "expiry date of the card", "cvv", "cvc",
    "cc exp", "card exp", "credit card*", "card number", "kreditkarte*", "carte bancaire",
    "tarjeta*", "carta di credito", "cartão*", "visa", "mastercard", "amex",
)  # fmt: skip

# ISO/IEC 7812 issuer ranges in use: Visa, Mastercard, American Express, Diners, Discover, JCB,
# Maestro, UnionPay, Mir, Troy, RuPay, Verve.
_FOURS = (
    r"(?:4\d{3}|5[0-9]\d{2}|2[2-7]\d{2}|6\d{3}|35\d{2}|81\d{2}|9792)"
    r"(?:[ -]\d{4}){3}(?:[ -]\d{3})?"
)
_AMEX = r"3[47]\d{2}[ -]\d{6}[ -]\d{5}"
_DINERS = r"3[0689]\d{2}[ -]\d{6}[ -]\d{4}"
_SOLID = (
    r"(?:4\d{12}(?:\d{3}|\d{6})?|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d{2}|7[01]\d|720)\d{12}|"
    r"3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|4[4-9]\d|5\d{2})\d{12}(?:\d{3})?|"
    r"35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|220[0-4]\d{12}|9792\d{12}|"
    r"(?:50[0-9]\d|5[6-9]\d{2}|6[0-9]\d{2})\d{12}(?:\d{3})?|(?:2014|2149|1800|2131)\d{11})"
)
_MISTYPED = r"\d(?:[ -]?\d){11,18}"


def _is_card(text: str) -> bool:
    return varied(text[:-1]) and luhn(text)


def _looks_typed(text: str) -> bool:
    """A long enough number that is not all one digit; as one types it, checks or not."""
    return varied(text) and len(digits(text)) >= 12


PATTERNS: tuple[Pattern, ...] = (
    certain("card_fours", "CREDIT_CARD", _FOURS, _is_card, isolated=False),
    certain("card_amex", "CREDIT_CARD", f"{_AMEX}|{_DINERS}", _is_card),
    certain("card_solid", "CREDIT_CARD", _SOLID, _is_card, isolated=True),
    named("card_named", "CREDIT_CARD", _MISTYPED, _NUMBER_WORDS, _looks_typed, isolated=True),
    named("card_code", "CREDIT_CARD_CODE", r"\d{3,4}", _CODE_WORDS, characters=16),
    named(
        "card_expiry",
        "CREDIT_CARD_EXPIRY",
        r"(?:exp(?:iry|ires|iration|\.)?|valid (?:thru|until|through)|gültig bis|"
        r"caduca|scad(?:enza|e)|validade|expire)(?: date| on|:|=| )*"
        r"(?P<value>(?:0[1-9]|1[0-2])\s?[/-]\s?(?:20)?[2-4]\d)",
        _EXPIRY_WORDS,
        characters=120,
    ),
)
