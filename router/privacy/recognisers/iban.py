"""International bank account numbers: ISO 13616, whose check is modulo 97."""

from __future__ import annotations

from .checks import bare
from .pattern import Pattern
from .shapes import certain, named

# Length of the whole number by country; source: the IBAN registry of SWIFT, release 97.
COUNTRIES_BY_LENGTH: dict[int, str] = {
    15: "NO",
    16: "BE",
    18: "DK FI FK FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ DZ ES MD PK RO SA SE SK SN TN VG",
    25: "AO CV GW LY MZ PT ST",
    26: "IR IS TR",
    27: "BF BI CF CG CM DJ FR GA GR IT KM MC MG MR SM",
    28: "AL AZ BJ BY CI CY DO GT HN HU LB ML NE NI PL SV TG",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}

_CONTEXT = (
    "iban*", "international bank account*", "kontonummer", "kontoverbindung", "bankverbindung",
    "compte bancaire", "coordonnées bancaires", "rib", "cuenta bancaria", "conto corrente",
    "coordinate bancarie", "conta bancária", "bankrekening*", "rekeningnummer", "bank account*",
    "rachunek*", "numer konta",
)  # fmt: skip


def _one_length(length: int, countries: str) -> str:
    return rf"(?:{countries.replace(' ', '|')})[ -]?\d[ -]?\d(?:[ -]?[A-Z0-9]){{{length - 4}}}"


def is_iban(text: str) -> bool:
    """ISO 7064 mod 97-10 over the number with its first four characters last."""
    number = bare(text)
    value = "".join(str(int(c, 36)) for c in number[4:] + number[:4])
    return int(value) % 97 == 1


PATTERNS: tuple[Pattern, ...] = (
    certain(
        "iban",
        "IBAN_CODE",
        "|".join(_one_length(length, names) for length, names in COUNTRIES_BY_LENGTH.items()),
        is_iban,
    ),
    # Mistyped, or of a country that is new: groups of capitals and digits beside the word.
    named(
        "iban_named",
        "IBAN_CODE",
        r"(?-i:[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?)",
        _CONTEXT,
    ),
    named(
        "iban_lower_case",
        "IBAN_CODE",
        r"[a-z]{2}\d{2}[a-z]{0,6}\d[a-z0-9]{10,28}",
        _CONTEXT,
    ),
)
