"""Check digits and ranges that several kinds of identifier share."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import re2

_SEPARATORS = str.maketrans("", "", " -./()\t\r\n_:")


def bare(text: str) -> str:
    """Without its separators, in upper case."""
    return text.translate(_SEPARATORS).upper()


def digits(text: str) -> str:
    return "".join(c for c in text if "0" <= c <= "9")


def valid_by(module: ModuleType, *, as_written: bool = False) -> Callable[[str], bool]:
    """What python-stdnum says of the number, without its separators unless they mean something."""
    check: Callable[[str], bool] = module.is_valid

    def holds(text: str) -> bool:
        try:
            return check(text if as_written else bare(text))
        except (ValueError, IndexError, KeyError, TypeError):
            return False  # some of its modules trip over what merely looks alike

    return holds


def luhn(text: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for index, digit in enumerate(reversed(digits(text))):
        value = int(digit) * (1 + index % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def varied(text: str) -> bool:
    """Not one digit over and over, which satisfies many checks."""
    return len(set(digits(text))) > 1


def varied_and(check: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda text: varied(text) and check(text)


def has_digits(at_least: int) -> Callable[[str], bool]:
    return lambda text: len(digits(text)) >= at_least


def weighted(text: str, weights: tuple[int, ...], modulus: int) -> int:
    """The weighted sum of the first digits, modulo `modulus`."""
    return sum(int(d) * w for d, w in zip(digits(text), weights, strict=False)) % modulus


_DATE = re2.compile(
    r"(?:19|20)\d\d[./-]?(?:0?[1-9]|1[0-2])[./-]?(?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])[./-](?:0?[1-9]|[12]\d|3[01])[./-](?:19|20)?\d\d"
    r"|(?:19|20)\d\d(?:[ ./-](?:19|20)\d\d)+"
)
_ZIP_CODE = re2.compile(r"\d{5}-\d{4}")


_SUM = re2.compile(r"\d{1,5}[.,]\d{2}|\d{1,3}(?:[.,' ]\d{3})+[.,]\d{2}")
_VERSION = re2.compile(r"v?\d{1,3}\.\d{1,2}\.\d{1,2}")
_INSTANT = re2.compile(r"(?:19|20)\d\d-\d\d-\d\dt\d\d.*|\d\d\.\d{3,9}z")
_CASE = re2.compile(r"(?:[a-z]{1,5}-)?(?:19\d|20[0-3])\d-\d{4,6}")


def is_counted(text: str) -> bool:
    """Whether it is a sum of money, a version, an instant or an office's case of some year: what
    forms, tables and logs print between a person's numbers."""
    written = text.lower()
    return any(p.fullmatch(written) is not None for p in (_SUM, _VERSION, _INSTANT, _CASE))


def is_date(text: str) -> bool:
    """Whether a number is more likely a day, or a span of years, than somebody's number."""
    return _DATE.fullmatch(text) is not None


def plausible(text: str) -> bool:
    """As a number of somebody's is typed: neither one digit repeated, a day nor something counted,
    nor the postal code of the United States that prints as nine digits."""
    return (
        varied(text)
        and not is_date(text)
        and not is_counted(text)
        and _ZIP_CODE.fullmatch(text) is None
    )


def reference(at_least: int) -> Callable[[str], bool]:
    """Enough digits of a plausible number, no hexadecimal literal and nothing counted."""

    def holds(text: str) -> bool:
        return (
            len(digits(text)) >= at_least and plausible(text) and not text.lower().startswith("0x")
        )

    return holds
