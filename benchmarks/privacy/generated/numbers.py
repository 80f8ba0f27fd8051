"""Other numbers that identify: cards, accounts, documents, telephones, addresses of machines."""

from __future__ import annotations

import hashlib

from stdnum import iban as iban_format
from stdnum import luhn
from stdnum.us import rtn

from benchmarks.privacy.generated.draw import Draw

_UPPER = "ABCDEFGHJKLMNPRSTUVWXYZ"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# Bank part of an IBAN per country: d is a digit, l a letter.
_BBAN = {
    "DE": "d" * 18,
    "FR": "d" * 10 + "l" + "d" * 12,
    "ES": "d" * 20,
    "IT": "l" + "d" * 22,
    "NL": "l" * 4 + "d" * 10,
    "PT": "d" * 21,
    "GB": "l" * 4 + "d" * 14,
    "AT": "d" * 16,
    "BE": "d" * 12,
    "CH": "d" * 17,
    "PL": "d" * 24,
    "SE": "d" * 20,
    "IE": "l" * 4 + "d" * 14,
}
_PHONES = {
    "en": (
        "+1 (2ne) nxx-xxxx",
        "2ne-nxx-xxxx",
        "+44 7e00 xxxxxx",
        "07e00 xxxxxx",
        "(3ne) nxx-xxxx",
    ),
    "de": ("+49 15e xxxxxxxx", "017e xxxxxxx", "030 nxxxxxxx", "+43 664 xxxxxxx", "0171/nxxxxxx"),
    "fr": ("+33 6 ex xx xx xx", "06 ex xx xx xx", "01 4x xx xx xx", "06.ex.xx.xx.xx"),
    "es": ("+34 6ex xxx xxx", "6ex xxx xxx", "91 nxx xx xx", "+52 55 nxxx xxxx"),
    "it": ("+39 34e xxx xxxx", "34e xxxxxxx", "02 nxxxxxxx", "+39 06 nxxxxxxx"),
    "pt": ("+351 91n xxx xxx", "96n xxx xxx", "21n xxx xxx", "+55 11 9nxxx-xxxx"),
    "nl": ("+31 6 nxxxxxxx", "06-nxxxxxxx", "020 nxx xxxx", "+32 47n xx xx xx"),
}


def card(draw: Draw) -> str:
    """A payment card by Luhn (ISO/IEC 7812): Visa, Mastercard, Amex or Discover."""
    prefix, length = draw.of((("4", 16), ("5" + draw.of("12345"), 16), ("37", 15), ("6011", 16)))
    stem = prefix + draw.digits(length - len(prefix) - 1)
    number = stem + str(luhn.calc_check_digit(stem))
    style = draw.below(3)
    if style == 0:
        return number
    groups = (4, 6, 5) if length == 15 else (4, 4, 4, 4)
    parts, start = [], 0
    for size in groups:
        parts.append(number[start : start + size])
        start += size
    return (" " if style == 1 else "-").join(parts)


def iban(draw: Draw) -> str:
    """An IBAN by ISO 13616, with national check digits where the country has them."""
    country = draw.of(tuple(_BBAN))
    while True:
        bban = "".join(
            draw.of(_UPPER) if c == "l" else draw.of("0123456789") for c in _BBAN[country]
        )
        number = country + str(iban_format.calc_check_digits(f"{country}00{bban}")) + bban
        if iban_format.is_valid(number):  # national check digits inside included
            return str(iban_format.format(number)) if draw.chance(0.6) else number


def phone(draw: Draw, lang: str) -> str:
    """In `n` goes 2-8, in `e` 1-7, in `x` any digit."""
    alphabets = {"n": "2345678", "e": "1234567", "x": "0123456789"}
    return "".join(draw.of(alphabets[c]) if c in alphabets else c for c in draw.of(_PHONES[lang]))


def date_of_birth(draw: Draw, lang: str) -> str:
    year, month, day = draw.between(1938, 2004), draw.between(1, 12), draw.between(1, 28)
    if draw.chance(0.25):
        return f"{year}-{month:02d}-{day:02d}"
    if lang == "de":
        return f"{day:02d}.{month:02d}.{year}"
    if lang == "nl":
        return f"{day:02d}-{month:02d}-{year}"
    return f"{month:02d}/{day:02d}/{year}" if lang == "en" else f"{day:02d}/{month:02d}/{year}"


def passport(draw: Draw) -> str:
    return draw.of(
        (
            draw.digits(9, first="123456789"),
            f"C{draw.text('0123456789CFGHJKLMNPRTVWXYZ', 8)}",
            f"{draw.digits(2)}{draw.text(_UPPER, 2)}{draw.digits(5)}",
            f"{draw.text(_UPPER, 3)}{draw.digits(6)}",
            f"{draw.text(_UPPER, 2)}{draw.digits(7)}",
        )
    )


def driving_licence(draw: Draw) -> str:
    return draw.of(
        (
            f"{draw.of(_UPPER)}{draw.digits(7)}",
            f"{draw.of(_UPPER)}{draw.digits(3)}-{draw.digits(4)}-{draw.digits(4)}",
            f"{draw.of(_UPPER)}{draw.digits(2)}{draw.text('0123456789ABCDEF', 5)}{draw.digits(3)}",
            f"{draw.text(_UPPER, 2)}{draw.digits(7)}{draw.of(_UPPER)}",
        )
    )


def medical_record(draw: Draw) -> str:
    return draw.of((draw.digits(8), f"{draw.text(_UPPER, 2)}-{draw.digits(6)}", draw.digits(7)))


def insurance(draw: Draw) -> str:
    return draw.of(
        (
            f"{draw.of(_UPPER)}{draw.digits(9)}",
            f"{draw.text(_UPPER, 3)}{draw.digits(9)}",
            f"{draw.digits(3)}-{draw.digits(6)}-{draw.digits(2)}",
        )
    )


def bank_account(draw: Draw) -> str:
    """US routing and account number, a UK sort code and account, or an account alone."""
    stem = draw.of(("02", "07", "11", "26", "32")) + draw.digits(6)
    routing = stem + str(rtn.calc_check_digit(stem))
    sort_code = f"{draw.digits(2)}-{draw.digits(2)}-{draw.digits(2)}"
    return draw.of(
        (
            f"{routing} / {draw.digits(10, first='123456789')}",
            f"{sort_code} {draw.digits(8)}",
            draw.digits(10, first="123456789"),
        )
    )


def ip_address(draw: Draw) -> str:
    """A public address: neither private, nor loopback, nor for documentation."""
    first = draw.of((23, 31, 45, 62, 78, 84, 91, 109, 145, 178, 185, 212))
    if draw.chance(0.2):
        groups = [draw.text("0123456789abcdef", 4) for _ in range(4)]
        return f"2a0{draw.of('123456')}:{groups[0]}:{groups[1]}::{groups[2]}:{groups[3]}"
    return f"{first}.{draw.between(1, 254)}.{draw.between(0, 254)}.{draw.between(1, 254)}"


def mac_address(draw: Draw) -> str:
    separator = draw.of(":-")
    octets = ["3c", *(draw.text("0123456789abcdef", 2) for _ in range(5))]
    return separator.join(octets)


def crypto_address(draw: Draw) -> str:
    """A Bitcoin address by Base58Check, or an Ethereum one."""
    if draw.chance(0.5):
        return f"0x{draw.text('0123456789abcdef', 40)}"
    payload = b"\x00" + bytes(draw.below(256) for _ in range(20))
    checksum = hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    value, encoded = int.from_bytes(payload + checksum, "big"), ""
    while value:
        value, digit = divmod(value, 58)
        encoded = _BASE58[digit] + encoded
    return f"1{encoded}"
