"""Check digits of numbers that health systems give to people."""

from __future__ import annotations

import re


def is_npi(value: str) -> bool:
    """US National Provider Identifier: Luhn behind the prefix 80840 (45 CFR 162)."""
    digits = re.sub(r"\D", "", value)
    return len(digits) == 10 and digits[0] in "12" and _luhn("80840" + digits)


def is_dea(value: str) -> bool:
    """US DEA registration: (d1+d3+d5) + 2·(d2+d4+d6) ends in d7."""
    digits = [int(character) for character in value if character.isdigit()]
    if len(digits) != 7:
        return False
    return (sum(digits[0:6:2]) + 2 * sum(digits[1:6:2])) % 10 == digits[6]


def is_kvnr(value: str) -> bool:
    """German Krankenversichertennummer: a letter as two digits, weights 1 and 2, sums of digits
    (GKV-Spitzenverband, modulo 10)."""
    bare = re.sub(r"\s", "", value).upper()
    digits = f"{ord(bare[0]) - 64:02d}{bare[1:]}"
    total = 0
    for index, digit in enumerate(digits[:-1]):
        product = int(digit) * (1 + index % 2)
        total += product // 10 + product % 10
    return total % 10 == int(digits[-1])


def is_chi(value: str) -> bool:
    """Scottish Community Health Index: a date of birth, then modulo 11 with weights 10 to 2."""
    digits = [int(character) for character in value if character.isdigit()]
    if len(digits) != 10:
        return False
    day, month = digits[0] * 10 + digits[1], digits[2] * 10 + digits[3]
    total = sum(d * w for d, w in zip(digits, range(10, 1, -1), strict=False))
    return 1 <= day <= 31 and 1 <= month <= 12 and (11 - total % 11) % 11 == digits[9]


def is_reference(value: str) -> bool:
    """A number that an office gave out: four digits or more, and no date, year or version."""
    bare = value.strip(" .,;:#-/_")
    digits = sum(character.isdigit() for character in bare)
    if digits < 4 or re.fullmatch(r"(?:19|20)\d{2}(?:[-/](?:\d{2}){1,2})?", bare):
        return False
    return not re.fullmatch(
        r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2}\w*|\d+\.\d+(?:\.\d+)*|(?:.)(?:0+|1+)",
        bare,
    )


def _luhn(digits: str) -> bool:
    total = 0
    for index, character in enumerate(reversed(digits)):
        digit = int(character) * (1 + index % 2)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0
