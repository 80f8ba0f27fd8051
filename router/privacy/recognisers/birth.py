"""Dates of birth: a date beside a word of birth.

A year by itself is none, and nobody born before 1900 is alive.
"""

from __future__ import annotations

import re

from router.privacy.recognisers.pattern import Pattern

_MONTHS = (
    r"(?:jan(?:uary|uar|vier|uari|eiro)?|enero|gennaio|gen|feb(?:ruary|ruar|rero|braio|ruari)?|"
    r"février|fevrier|févr?|fevereiro"
    r"|fev|mar(?:ch|zo|ço|s)?|märz|maerz|mrz|maart|mrt|apr(?:il|ile)?|avril|avr|abril|abr|may|"
    r"mai|mayo|maggio|mag|maio"
    r"|mei|june?|juni|juin|junio|giugno|giu|junho|jul(?:y|i|io|ho)?|juillet|juil|luglio|lug|"
    r"aug(?:ust|ustus)?|août|aout"
    r"|agosto|ago|sep(?:t|tember|tembre|tiembre)?|settembre|set(?:embro)?|oct(?:ober|obre|ubre)?|"
    r"okt(?:ober)?|ottobre|ott"
    r"|out(?:ubro)?|nov(?:ember|embre|iembre|embro)?|de[cz](?:ember|embro)?|décembre|diciembre|"
    r"dicembre|dic|déc|j[äa]nner)"
)
_YEAR = r"(?:19\d{2}|20[0-3]\d)"
_DATE = (
    r"(?:(?:the |le |el |il |am |op |em |the)?(?:"
    rf"\d{{1,2}}\s?[./-]\s?\d{{1,2}}\s?[./-]\s?(?:{_YEAR}|\d{{2}})"
    rf"|{_YEAR}\s?[./-]\s?\d{{1,2}}\s?[./-]\s?\d{{1,2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|º|°|ª|\.)?[\s/.-]{{1,3}}(?:of |de |"
    rf"d['’])?{_MONTHS}\.?[\s,/.-]{{1,3}}(?:of |de |del |do )?(?:{_YEAR}|['’]?\d{{2}})"
    rf"|{_MONTHS}\.?\s{{1,2}}\d{{1,2}}(?:st|nd|rd|th)?\s?,?\s{{1,2}}(?:of )?(?:{_YEAR}|['’]\d{{2}})"
    rf"|{_YEAR}[\s-]{_MONTHS}[\s-]\d{{1,2}}"
    r"|(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])))"
)

_WORDS = (
    r"(?:date[ _-]?of[ _-]?birth|birth[ _-]?date|birth[ _-]?day|day of birth|"
    r"\bd\.?\s?o\.?\s?b\b\.?|\bdob|\bborn\b|\bb\.(?:day)?|b-day|bday"
    r"|geburts?[ _-]?(?:datum|tag)|geb\.?[ _-]?(?:datum|dat\.?)|\bgeb\.|\bgeboren|"
    r"datum der geburt|jahrgang|wurde am"
    r"|date[ _]de[ _]naissance|\bn[ée]e?\(?e?\)?s?[ \n:]|\bddn\b|anniversaire|naissance"
    r"|nacimiento|fecha[ _]de[ _]nacimiento|fecha[ _]?nac(?:imiento)?\.?|nacid[oa]|naci[óo]|"
    r"nac[ií]\b|"
    r"\bf\.\s?nac\.?|cumplea[ñn]os"
    r"|data[ _]di[ _]nascita|nat[oaie]\b|nascita|compleanno|data[ _]de[ _]nascimento|nascid[oa]|"
    r"nasceu|nasci\b|nascimento"
    r"|anivers[áa]rio|d\.?\s?n\.?:|geboortedatum|geb\.?datum|geboortedag|verjaardag|geboren)"
)


def is_birth_date(value: str) -> bool:
    """A day and month that exist, and a year in which somebody alive may have been born."""
    numbers = [int(number) for number in re.findall(r"\d+", value)]
    if len(numbers) == 1 and numbers[0] > 10_000_000:
        return True  # YYYYMMDD: the pattern has checked its parts
    year = max(numbers)
    if year >= 100 and not 1900 <= year <= 2035:
        return False
    small = [number for number in numbers if number < 100]
    if year < 100:
        small = small[:-1]  # two digits of a year come last
    return bool(small) and all(1 <= number <= 31 for number in small) and min(small) >= 1


PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        name="birth_word_then_date",
        entity_type="DATE_OF_BIRTH",
        regex=rf"{_WORDS}[^\n]{{0,60}}?[^\d\n](?P<value>{_DATE})(?:[^\d]|$)",
        score=0.9,
        validate=is_birth_date,
        boundaries=False,
    ),
    Pattern(
        name="birth_word_above_date",
        entity_type="DATE_OF_BIRTH",
        regex=rf"{_WORDS}[\s:*|\"'>)-]{{1,12}}(?P<value>{_DATE})(?:[^\d]|$)",
        score=0.9,
        validate=is_birth_date,
        boundaries=False,
    ),
    Pattern(
        name="birth_column",
        entity_type="DATE_OF_BIRTH",
        regex=rf"{_WORDS}[\"']?[,;|\t][^\n]{{0,120}}\n(?:[^\n]{{0,120}}?[^\d\n])?"
        rf"(?P<value>{_DATE})(?:[^\d]|$)",
        score=0.85,
        validate=is_birth_date,
        boundaries=False,
    ),
    Pattern(
        name="date_then_birth_word",
        entity_type="DATE_OF_BIRTH",
        regex=rf"(?P<value>{_DATE})\s?[,(\[–-]{{0,2}}\s?(?:\(?(?:is|was|ist|est|es|è|é|als|"
        r"as)\s+)?(?:(?:my|her|his|their|the|mein|sein|ihr|ma|sa|mi|su|"
        r"mia|la mia|sua|a minha|mijn|zijn|de)\s+)?(?:geboren|date of birth|birth ?date|birthday|"
        r"d\.?o\.?b\b|geburtstag|geburtsdatum"
        r"|date de naissance|fecha de nacimiento|data di nascita|data de nascimento|"
        r"geboortedatum|born\b)",
        score=0.85,
        validate=is_birth_date,
    ),
    Pattern(
        name="born_and_age",
        entity_type="DATE_OF_BIRTH",
        regex=rf"(?P<value>{_DATE})\s?[,(]\s?(?:age[d:]?\s?\d{{1,3}}|\d{{1,3}}\s?(?:y/?o|"
        r"years old|yrs|jahre|ans|años|anni|anos|jaar)\b)",
        score=0.8,
        validate=is_birth_date,
    ),
)
