"""Vehicles: identification numbers by their check digit, number plates beside their name."""

from __future__ import annotations

from .checks import has_digits
from .pattern import Pattern
from .shapes import certain, named

_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True))
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)

_VIN = (
    "vin", "vin number", "vehicle identification*", "chassis*", "fahrgestellnummer*", "fin",
    "numéro de châssis", "bastidor", "telaio", "chassi", "chassisnummer",
)  # fmt: skip

_PLATE = (
    "license plate*", "licence plate*", "number plate*", "plate number", "registration plate*",
    "vehicle registration*", "plate no", "kennzeichen*", "kfz-kennzeichen", "nummernschild*",
    "plaque d'immatriculation", "immatriculation*", "matrícula*", "placa*", "targa*", "kenteken*",
    "tablica rejestracyjna", "numer rejestracyjny", "nummerplaat",
)  # fmt: skip


def is_vin(text: str) -> bool:
    """The ninth character checks the rest, as 49 CFR 565 has it (North America and China)."""
    number = text.upper()
    total = sum(
        (int(c) if c.isdigit() else _VALUES[c]) * weight
        for c, weight in zip(number, _WEIGHTS, strict=True)
    )
    expected = "X" if total % 11 == 10 else str(total % 11)
    return number[8] == expected and any(c.isalpha() for c in number) and len(set(number)) > 5


PATTERNS: tuple[Pattern, ...] = (
    certain("vin", "VEHICLE_ID", r"(?-i:[A-HJ-NPR-Z1-9][A-HJ-NPR-Z0-9]{12}\d{4})", is_vin),
    named("vin_named", "VEHICLE_ID", r"[A-HJ-NPR-Z0-9]{17}", _VIN, has_digits(3)),
    named(
        "plate",
        "LICENSE_PLATE",
        r"(?-i:[A-ZÄÖÜ]{1,3}[ -]?[A-Z]{0,2}[ -]?\d{1,4}[ -]?[A-Z]{0,3}|"
        r"[A-Z]{2}[ -]?\d{1,2}[ -]?[A-Z]{1,3}[ -]?\d{4}|\d{1,4}[ -]?[A-Z]{2,3}[ -]?\d{0,3})",
        _PLATE,
        has_digits(2),
        characters=36,
    ),
)
