"""What looks like an identifier and is none stays alone; and no text at all is too much."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.privacy.recognisers.catalogue import CATALOGUE, STRUCTURED
from router.privacy.recognisers.match import PatternMatcher

MATCHER = PatternMatcher(CATALOGUE)
NUMBERS = PatternMatcher(STRUCTURED)

HARMLESS = [
    "opencv-python==4.10.0.84 and opencv_python_headless-5.0.0.93-cp37",
    "version 1.2.3.4 of the library, then 1.2.3.4.5",
    "listen on 127.0.0.1:8080 and 0.0.0.0, netmask 255.255.255.0, net 192.168.0.0/16",
    "2024-05-01T10:11:12.123456Z took 1234567890 ns",
    "timestamp 1700000000000, then 1609459200",
    "commit 3f2504e04f8911d39a0c0305e82c3301deadbeef",
    "id 550e8400-e29b-41d4-a716-446655440000",
    "ISBN 978-3-16-148410-0",
    "order 10023345 shipped, invoice 2024-000123, tracking 1Z999AA10123456784",
    "that costs 1,234,567.89 or 1.234.567,89 and 12 345 678",
    "from 2012-2013 and 1999-2000, in 01/02/2023",
    "std::vector<int> x; Face::add(b); a::b::c",
    "for (i = 0; i < 1000000000; i++) sum += 0x1fffffffff;",
    "matrix 1024 2048 4096\n512 256 128\n64 32 16",
    "sin(123456789) + cos(987654321)",
    "ein Betrag von 1234567 Euro, nie mehr als 12345678",
    "Run the job 12345678 again; RUN pip install x==1.2.3",
    "btw 1234567 lines were checked, checking 123456 more",
    "@media (max-width: 600px) { .card { margin: 12px 34px 56px 78px; } }",
    "from user@localhost, git@github.com:a/b.git and logo@2x.png",
    "Boston, MA 02110-1301 USA",
    "keyid:06:B5:A4:AC:A7:AA:75:44:EA:15:9C:4F:DF:05:83:4F:6A:1E:FE:0B",
    "ff:ff:ff:ff:ff:ff 00:00:00:00:00:00",
    "RFC 2616, ISO 27001, section 4.12.3, page 1234",
    "build 20240315-1432.log, 20240315_143210",
    "The Swift language, routing in React, a card component, sort by code",
    "M 10 80 C 40 10, 65 10, 95 80 S 150 150, 180 80",
    "Au téléphone on m'a donné le numéro de commande : ORD-2019-36247",
    "Formulario de identificación del cliente\n\nTotal: 2961.01 EUR",
    'account_number = "<redacted>"; order_total = "3697.81 USD"',
    "2025-09-02T17:54:12.946Z numero_de_pasaporte=null\n2025-09-02T17:54:13.946Z done",
    "commit 75aba9c4e2 of 2025-11-17",
    "burgerservicenummer: TODO, bestelling 2020-47115, versie 3.38.8",
    "0.6632124352, 3.14159265358979, 6.02214076e23",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_it_is_nobodys(text: str) -> None:
    assert [(m.pattern, text[m.start : m.end]) for m in NUMBERS.find(text)] == []


@given(st.integers(min_value=10**5, max_value=10**11))
def test_a_bare_number_means_nothing_without_its_name(number: int) -> None:
    """Up to 11 digits; those that are long and carry several checks are for themselves."""
    found = [m for m in NUMBERS.find(f"the result is {number} so far") if m.score >= 0.5]
    assert [m.pattern for m in found if m.pattern not in {"no_fodselsnummer"}] == []


def test_random_card_lengths_are_almost_never_cards() -> None:
    found = sum(bool(NUMBERS.find(f"x {10**15 + n * 987654321987} y")) for n in range(2_000))
    assert found <= 2_000 * 0.1


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=400))
def test_the_catalogue_takes_any_text(text: str) -> None:
    for match in MATCHER.find(text):
        assert 0 <= match.start < match.end <= len(text)
        assert 0 < match.score <= 1


@given(st.text(alphabet="0123456789ABXZ -./:+()@\n", max_size=300))
def test_the_catalogue_takes_any_mixture_of_digits_and_separators(text: str) -> None:
    named = f"ssn iban card phone tax id passport nhs pesel aadhaar {text}"
    for match in MATCHER.find(named):
        assert 0 <= match.start < match.end <= len(named)


@pytest.mark.parametrize(
    "unit", ["a.", "1", "1-", "1 ", " ", "-", "@", "a@", "a:", "1.", "+1", "ssn "]
)
def test_a_text_of_one_thing_is_nothing(unit: str) -> None:
    assert NUMBERS.find(unit * 20_000) == []
