"""Check digits of health systems: right ones hold, and one wrong digit does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from router.privacy.recognisers import medical_checks as checks


@pytest.mark.parametrize(
    ("check", "number"),
    [
        (checks.is_npi, "1234567893"),
        (checks.is_dea, "AB1234563"),
        (checks.is_kvnr, "A123456780"),
        (checks.is_chi, "0101701233"),
    ],
)
def test_one_wrong_digit_is_noticed(check: Callable[[str], bool], number: str) -> None:
    last = int(number[-1])
    others = [number[:-1] + str(digit) for digit in range(10) if digit != last]
    assert check(number)
    assert not any(check(other) for other in others)


@pytest.mark.parametrize("value", ["2024", "2024-05-01", "1.2.3456", "12/05/1984", "001", "column"])
def test_dates_years_and_versions_are_no_references(value: str) -> None:
    assert not checks.is_reference(value)
