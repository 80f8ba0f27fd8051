"""A full date beside a word of birth, in seven languages; not a year, not a historic one."""

from __future__ import annotations

import pytest

from router.privacy.recognisers import birth
from router.privacy.recognisers.match import PatternMatcher

MATCHER = PatternMatcher(birth.PATTERNS)

FOUND = [
    "id;data_di_nascita;codice_articolo;status\n0479;1960-06-22;SGP-2543;active",
    "DOB: 03/14/1985",
    "D.O.B. 14-3-85",
    "born on 3 March 1984",
    "She was born in Berlin on March 3rd, 1984",
    "geboren am 3. März 1984",
    "geb. 12.04.1971",
    "Geburtsdatum: 1971-04-12",
    '"birth_date": "1990-07-21"',
    '"dateOfBirth": "1990-07-21"',
    "né le 3 mars 1984 à Lyon",
    "née le 12/05/1978",
    "Date de naissance : 1er août 1969",
    "fecha_nacimiento: 21/07/1990",
    "nacido el 5 de mayo de 1988",
    "nato a Roma il 5 maggio 1988",
    "data di nascita: 05.05.1988",
    "nascida em 7 de outubro de 1991",
    "data de nascimento 07/10/1991",
    "geboortedatum 7 oktober 1991",
    "geboren op 7-10-1991",
    "birthday is July 4, 1976",
    "04/07/1976 is my birthday",
    "04/07/1976 (DOB)",
    "<birthDate>1985-03-14</birthDate>",
    "Patient, 03/14/1985 (age 41)",
    "dob=19850314",
    "Date of birth\n14.03.1985",
    "Her birthdate: Mar 14, 1985",
    "Patient born 12.03.1967",
    "Nacimiento: 03-04-1991",
]

HARMLESS = [
    "Mozart was born in 1756",
    "Mozart was born on 27 January 1756",
    "Born in 1984, the company grew",
    "The meeting is on 3 March 2024",
    "Invoice 2024-03-01 due",
    "date: 2024-03-01",
    "Python 3.11 was born in 2022",
    "the airborne unit of 12/05/1944",
    "stubborn 3.4.5",
    "combination 12.04.19",
    "national day 14/07/1989",
]


@pytest.mark.parametrize("text", FOUND)
def test_it_is_found(text: str) -> None:
    assert MATCHER.find(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_it_is_nobodys(text: str) -> None:
    assert [match.pattern for match in MATCHER.find(text)] == []
