"""People and places that do not exist."""

from __future__ import annotations

from benchmarks.privacy.generated.draw import Draw
from benchmarks.privacy.generated.language import CODES, Language, language

_BUILT = 0.5
_FROM_ABROAD = 0.15
ALSO_WORDS = frozenset({"Marke"})
"""What syllables make by chance and a dictionary has, for a brand here."""


def given_name(draw: Draw, lang: Language) -> str:
    return _built(draw, lang, "given") if draw.chance(_BUILT) else draw.of(lang.given)


def family_name(draw: Draw, lang: Language) -> str:
    return _built(draw, lang, "family") if draw.chance(_BUILT) else draw.of(lang.family)


def person(draw: Draw, lang: Language) -> str:
    """A full name as people write it: mostly given and family name, some with more than that."""
    origin = language(draw.of(CODES)) if draw.chance(_FROM_ABROAD) else lang
    given, family = given_name(draw, origin), family_name(draw, origin)
    style = draw.below(20)
    if style < 14:
        return f"{given} {family}"
    if style < 16:
        return f"{given} {draw.of('ABCDEFGHJKLMPRSTVW')}. {family}"
    if style < 18:
        return f"{given} {family}-{family_name(draw, origin)}"
    if style < 19:
        return f"{given} {given_name(draw, origin)} {family}"
    return f"Dr. {given} {family}"


def town(draw: Draw, lang: Language) -> str:
    return _built(draw, lang, "town")


def street(draw: Draw, lang: Language) -> str:
    stem = draw.of(lang.parts["family"][0]) + draw.of(("", "en", "er", "el"))
    return (
        draw.of(lang.streets)
        .replace("§n§", str(draw.between(1, 289)))
        .replace("§m§", str(draw.between(1, 24)))
        .replace("§stem§", stem)
    )


def address(draw: Draw, lang: Language) -> str:
    """A postal address on one line."""
    letters = "ABCDEFGHJKLNPRSTUWXYZ"
    return (
        draw.of(lang.addresses)
        .replace("§street§", street(draw, lang))
        .replace("§town§", town(draw, lang))
        .replace("§plz§", draw.digits(5, first="123456789"))
        .replace("§zip§", draw.digits(5, first="123456789"))
        .replace(
            "§ukpost§",
            f"{draw.of('BLMSNE')}{draw.of(letters)}{draw.between(1, 28)} "
            f"{draw.between(1, 9)}{draw.text(letters, 2)}",
        )
        .replace("§ptpost§", f"{draw.digits(4, first='123456789')}-{draw.digits(3)}")
        .replace("§cep§", f"{draw.digits(5)}-{draw.digits(3)}")
        .replace("§nlpost§", f"{draw.digits(4, first='123456789')} {draw.text(letters, 2)}")
    )


def _built(draw: Draw, lang: Language, kind: str) -> str:
    beginnings, endings = lang.parts[kind]
    while (name := draw.of(beginnings) + draw.of(endings)) in ALSO_WORDS:
        pass
    return name
