"""Whether something that has the shape of a street with a number is one."""

from __future__ import annotations

import re

_NO_STREET_WORDS_TEXT = """
    a about above across after all along an and another any are around as at be because been
    before behind below between
    block blocks but by can cars centuries century day days did different do does down each
    east-west every feet few
    first five for four from ft had has have he her his hour hours how hundred i if in into is it
    its just kilometers
    kilometres km kms lane lanes left less m main-road many meters metres mile miles million
    minute minutes month months
    more most mph my near new-road next no not of off on one only onto or other our out over own
    page pages people
    percent per pm am road-trip roads same seconds she should since six so some than that the
    their them then there these
    they this those three through times to ton tons took towards two under until up us very was
    way we week weeks were
    what when where which while who why wide with within without would yards year years you your
    http https port version
    durante hace en con por tras desde que cuando hay pour avec dans depuis pendant quando dopo
    dalle alle per con com por desde há hard flash disk thumb supreme basketball tennis toll
    traffic semi words steps points items lines rows columns bytes bits gb mb kb ms users files
    kids men women students
    """
_NO_STREET_WORDS = frozenset(_NO_STREET_WORDS_TEXT.split())
_DATED_TEXT = """
    january february march april may june july august september october november december jan feb
    mar apr jun jul aug sep
    sept oct nov dec januar februar märz mai juni juli oktober dezember janvier février mars
    avril juin juillet août
    septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto
    septiembre octubre noviembre
    diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre janeiro
    fevereiro março maio junho
    julho setembro outubro novembro dezembro januari februari maart mei augustus monday tuesday
    wednesday thursday friday
    saturday sunday chapter section figure table step part article paragraph issue ticket version
    episode season page
    line room gate platform question level phase stage exercise problem example appendix kapitel
    artikel abschnitt
    chapitre capítulo capitolo hoofdstuk windows python java node server port group team grade
    class type bus flight usd eur gbp chf jpy brl
    """
_DATED = frozenset(_DATED_TEXT.split())
_STREET_TYPES = re.compile(
    r"(?:street|st|avenue|ave|av|boulevard|blvd|road|rd|drive|dr|lane|ln|court|ct|place|pl|way|"
    r"terrace|crescent|close|square)\.?",
    re.IGNORECASE,
)


def is_street_line(value: str) -> bool:
    """ "12 Oak Street": between the number and the kind of street stand names and no prose."""
    words = [word.strip(".,'’") for word in value.split()]
    number = re.match(r"\d+", words[0]) if words else None
    inner = [word for word in words[1:] if not _STREET_TYPES.fullmatch(word)]
    if number and 1900 <= int(number[0]) <= 2035 and [w.casefold() for w in inner] == ["wall"]:
        return False  # the crash of a year
    if re.match(r"(?:19|20)\d0s", value):
        return False
    return bool(inner) and not any(word.casefold() in _NO_STREET_WORDS for word in inner)


_PARTICLES = re.compile(r"\b(?:d[aeio]s?|de[il]|della|du|con)\b\.?", re.IGNORECASE)


def is_romance_line(value: str) -> bool:
    """As is_street_line; what stands in Romance names of streets are words of English prose too
    ("do", "per")."""
    return is_street_line(_PARTICLES.sub(" ", value))


def is_undated_street(value: str) -> bool:
    """Neither "5 May 24" nor "Chapter 3": what numbers stand beside in other texts."""
    words = {word.casefold() for word in re.findall(r"[^\W\d_]+", value)}
    return not words & _DATED and not words & _NO_STREET_WORDS


def is_capitalised_street(value: str) -> bool:
    """Kinds of street that are ordinary words too (way, drive, close) need a name's capitals."""
    words = [word for word in re.findall(r"[^\W\d_]+", value) if len(word) > 2]
    return is_street_line(value) and bool(words) and all(word[0].isupper() for word in words)


def is_named_street(value: str) -> bool:
    """A kind of street in front of its name (via Roma 3, rue de la Paix 12)."""
    words = re.findall(r"[^\W\d_]+", value)
    technical = {
        "http",
        "https",
        "port",
        "api",
        "ssh",
        "email",
        "e",
        "mail",
        "version",
        "layer",
        "usb",
        "python",
        "rest",
    }
    prose = {"the", "of", "to", "and", "in", "for", "with", "your", "my", "this", "is", "on"}
    return not (technical | prose).intersection(word.casefold() for word in words)


def is_capitalised_name(value: str) -> bool:
    """As is_named_street, and something in the name has a capital: `via` in prose has not."""
    value = re.sub(r"^(?:in|alla|presso)\s", "", value, flags=re.IGNORECASE)
    words = re.findall(r"[^\W\d_]+", value)
    return is_named_street(value) and len(words) > 1 and any(w[0].isupper() for w in words[1:])


def is_address_text(value: str) -> bool:
    """What is said to be an address, and is not one of a machine, a mailbox or a page."""
    if re.search(
        r"@|0x|https?:|www\.|\d{1,3}\.\d{1,3}\.\d{1,3}|::|[<>{}=()\[\]$]|%s|localhost", value
    ):
        return False
    numbers = re.findall(r"\d+", value)
    words = re.findall(r"[^\W\d_]{2,}", value)
    prose = sum(word in _NO_STREET_WORDS for word in words)
    return 0 < len(numbers) <= 6 and len(words) >= 1 and prose == 0 and max(map(len, numbers)) <= 8


def is_place_line(value: str) -> bool:
    """A place's name in front of its state and postal code begins with a capital letter."""
    return value[:1].isupper()
