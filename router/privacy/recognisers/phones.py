"""Telephone numbers: international and national forms by their punctuation, any beside its name."""

from __future__ import annotations

import re2

from .checks import digits, is_counted, is_date, plausible, varied
from .pattern import Pattern
from .shapes import SCORE_CERTAIN, SCORE_NAMED, named

_CONTEXT = (
    "phone*", "telephone*", "tel", "tel.", "tel no", "mobile", "mobile no", "mobile number", "mob",
    "cell", "cellphone", "cell phone*", "cell number", "landline", "fax", "fax no", "whatsapp",
    "telegram", "signal number", "sms", "text me", "text us", "text him", "text her", "texted",
    "call me", "call us", "call him", "call her", "call them", "call back", "callback number",
    "called me", "called from", "please call", "ring meg", "ringe", "мой номер", "позвоните",
    "رقم الجوال", "رقم الهاتف", "الجوال",
    "can call", "call at", "call on", "to call",
    "give me a call", "ring me", "reach me", "reach us", "reach him", "reach her", "reached at",
    "reached on", "reach them", "contact number", "contact no", "contact me", "contact details",
    "contact at", "dial", "hotline", "answering at", "my number", "her number", "his number",
    "your number", "new number", "registered number", "my registered", "emergency contact*",
    "next of kin", "msisdn", "imessage", "telefon*", "telefonnummer*", "tel.-nr", "rufnummer*",
    "handy*", "handynummer*", "mobil", "mobilnummer*", "mobiltelefon*", "festnetz*", "anrufen",
    "rufen sie", "erreichbar", "durchwahl*", "rückruf*", "ruf mich", "ruf an", "téléphone*", "tél",
    "tél.", "portable", "appeler", "appelez", "appelle*", "joignable", "numéro de portable",
    "coordonnées", "teléfono*", "tfno", "tlf", "móvil*", "celular*", "llamar*", "llámame", "llame",
    "contacto", "telefono*", "cellulare*", "cell.", "chiamare", "chiamami", "chiamatemi",
    "recapito*", "telefone*", "telemóvel*", "ligar", "ligue", "me liga", "telefoon*",
    "telefoonnummer*", "mobiel*", "bel me", "bellen", "gsm", "bereikbaar", "komórka*", "komórkowy",
    "telefonu", "zadzwoń", "numer telefonu", "dzwonić", "puhelin*", "puhelinnumero*", "mobilnummer",
    "mobilnr", "tlf.", "telefonnr", "cep telefonu", "telefonszám*", "τηλέφωνο*", "κινητό*",
    "телефон*", "тел", "моб", "звоните", "电话*", "手机*", "联系方式*", "联系电话*", "電話*",
    "携帯*", "전화*",
    "휴대폰*", "연락처*", "هاتف", "جوال", "الهاتف", "موبايل", "फोन", "मोबाइल", "โทร*",
)  # fmt: skip

_EXTENSION = r"(?:[ ,]{0,2}(?:x|ext\.?|extension|#|durchwahl|poste) ?\.?\d{1,6})?"

# ITU-T E.164: at most 15 digits after the plus.
_INTERNATIONAL = (
    r"(?:\+|\b00[ -]?)[1-9]\d{0,2}(?:[ ./-]?\(0?\d{0,5}\))?(?:[ ./-]{0,2}\d{1,6}){1,6}" + _EXTENSION
)

# How each country prints its own numbers.
_NATIONAL: dict[str, str] = {
    "nanp": (
        r"(?:1[ .-])?(?:\([2-9]\d{2}\)[ .-]{0,2}|[2-9]\d{2}-)[2-9]\d{2}[ .-]\d{4}|"
        r"(?:1\.)?[2-9]\d{2}\.[2-9]\d{2}\.\d{4}|(?:1 )?[2-9]\d{2} [2-9]\d{2}[ -]\d{4}"
    ),
    "nanp_parenthesis": r"\(\d{3}\) ?\d{3}[ .-]?\d{4}",
    "gb": (
        r"\(?0(?:20\)?[ -]\d{4}[ -]\d{4}|1\d{2,3}\)?[ -]\d{3}[ -]\d{3,4}|1\d{3}\)?[ -]\d{5,6}|"
        r"7\d{3}[ -]?\d{3}[ -]?\d{3}|[38]\d{2}[ -]\d{3}[ -]\d{4})"
    ),
    "de": r"\(?0(?:1[567]\d{1,2}|[2-9]\d{1,4})\)?(?: ?[/-] ?| )\d{2,8}(?:[ -]\d{2,8}){0,4}",
    "fr": r"0[1-9](?:[ .-]\d{2}){4}",
    "be": r"04\d{2}[ /.]\d{2}[ .]\d{2}[ .]\d{2}",
    "es": r"[67]\d{2}[ -]\d{3}[ -]\d{3}|[6789]\d{2}[ -]\d{2}[ -]\d{2}[ -]\d{2}",
    "it": r"3[2-9]\d(?: \d{3} ?|-\d{3}-)\d{3,4}|3[2-9]\d[ /-]\d{6,7}|0\d{1,3}[ /]\d{6,8}",
    "nl": (
        r"0[1-9]\d?[ -]\d{3}[ -]?\d{2}[ -]?\d{2}|06[ -]\d{8}|06[ -]\d{2}(?:[ -]\d{2}){3}|"
        r"0\d{2,3}-\d{6,7}"
    ),
    "ch": r"0[1-9]\d[ .-]\d{3}[ .-]\d{2}[ .-]\d{2}",
    "pt": r"9[1236]\d[ -]\d{3}[ -]\d{3}",
    "br": r"\(\d{2}\) ?9?[ ]?\d{4}[ -]?\d{4}",
    "au": r"0[23478]\d{2}[ -]\d{3}[ -]\d{3}|\(0[2378]\) ?\d{4}[ -]?\d{4}",
    "asia": r"0\d{1,3}-\d{3,4}-\d{4}|1[3-9]\d[ -]\d{4}[ -]\d{4}",
    "parenthesis": r"\(0?\d{2,4}\)[ -]?\d{3,4}[ -]\d{3,4}",
}

_BARE = r"\(?\d(?:[ ./-]{0,2}[()]?[ ./-]?\d){5,14}"

_SHAPELESS = re2.compile(
    r"\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{2})?"  # a sum of money
    r"|\d+\.\d+|\d{1,3}\.\d{1,3}\.\d{1,3}(?:\.\d{1,3})?"  # a decimal, a version
    r"|\d{1,2}[:.]\d{2}"
)


# An office's case of this century, its separators lost or one between any two digits; nowhere do
# numbers of nine digits begin so.
_YEAR_AND_COUNT = re2.compile(r"20[0-3]\d{6}|2\.0\.[0-3](?:[.-]{1,3}\d){6}")


_LABELS = (
    "office", "home", "work", "main line", "direct line", "desk", "switchboard", "pager", "büro",
    "privat", "dienstlich", "bureau", "domicile", "oficina", "casa", "ufficio", "escritório",
    "kantoor", "thuis", "registered", "answering",
)  # fmt: skip
_LABELLED = r"\(?\d{2,4}\)?[ ./-]\d{2,7}(?:[ ./-]\d{2,5}){0,4}"


def _is_international(text: str) -> bool:
    number = digits(text.lower().partition("x")[0])
    grouped = text.startswith("+") or any(c in " -/.(" for c in text)
    return grouped and 8 <= len(number) <= 17 and varied(number[2:])


def _is_national(text: str) -> bool:
    number = digits(text)
    return 8 <= len(number) <= 20 and varied(number[1:]) and plausible(text)


def _is_spoken_of(text: str) -> bool:
    """What the word nearby promises, unless it is a date, a sum or a version."""
    number = digits(text)
    if not 7 <= len(number) <= 15 or not varied(number) or is_date(text.strip("()")):
        return False
    if is_counted(text) or _YEAR_AND_COUNT.fullmatch(text) is not None:
        return False
    return _SHAPELESS.fullmatch(text) is None


def _phone(name: str, regex: str, *, international: bool = False) -> Pattern:
    return Pattern(
        name=name,
        entity_type="PHONE_NUMBER",
        regex=regex,
        score=SCORE_CERTAIN if international else SCORE_NAMED,
        validate=_is_international if international else _is_national,
        joins=international,
        isolated=True,
    )


PATTERNS: tuple[Pattern, ...] = (
    _phone("phone_international", _INTERNATIONAL, international=True),
    *(_phone(f"phone_{name}", f"(?:{regex}){_EXTENSION}") for name, regex in _NATIONAL.items()),
    named(
        "phone_local",
        "PHONE_NUMBER",
        r"\d{3}-\d{4}",
        ("call", "calling", "phone*", "tel", "dial", "text", "cell", "mobile", "number is"),
        characters=12,
        isolated=True,
    ),
    named(
        "phone_labelled",
        "PHONE_NUMBER",
        _LABELLED + _EXTENSION,
        _LABELS,
        _is_spoken_of,
        characters=15,
        isolated=True,
    ),
    named(
        "phone_named", "PHONE_NUMBER", _BARE + _EXTENSION, _CONTEXT, _is_spoken_of, isolated=True
    ),
)
