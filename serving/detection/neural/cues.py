"""Words beside a name that say whose it is: titles, introductions, things named after people.

Seven languages, as the model. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_SPACE = r"[^\S\n]*"
_TITLE = re.compile(
    r"(?:\b(?:mr|mrs|ms|mx|miss|dr|prof|sir|madam|herr|frau|fräulein|monsieur|madame|mme|mlle|señor"
    r"|señora|señorita|sr|sra|srta|don|doña|signor|signore|signora|sig|dott|dottor|senhor|senhora"
    r"|dona|meneer|mevrouw|dhr|mevr)\b\.?)\s{1,3}\Z",
    re.IGNORECASE,
)
_INTRODUCTION = re.compile(
    r"(?:\b(?:my name is|i am|i'm|this is|call me|ich heiße|mein name ist|je m'appelle|me llamo"
    r"|mi nombre es|mi chiamo|meu nome é|chamo-me|ik heet|mijn naam is|dear|hi|hello|hey|liebe"
    r"|lieber|hallo|cher|chère|bonjour|hola|querida|querido|ciao|cara|caro|olá|beste|regards"
    r"|cheers|sincerely|grüße|cordialement|saludos|saluti|groeten|patient|employee|customer|tenant"
    r"|colleague|candidate|paziente|paciente|patiënt|patientin|signed|gruß|groet)\b)[\s,:;]{1,4}\Z",
    re.IGNORECASE,
)
_NAMED_AFTER = re.compile(
    # Somebody may have a test or a number; nobody has a theorem.
    r"(?:['’]s?)?[\s-](?:[a-z]+[\s-])?(?:algorithm|cipher|conjecture|constant|disease|doctrine"  # noqa: RUF001
    r"|equation|inequality|law|lemma|paradox|principle|razor|syndrome|theorem|triangle)s?\b"
    r"|[\s-](?:award|boson|calculus|chain|coefficient|cocktail|comet|cube|curve|diagram"
    r"|distribution|effect|engine|filter|formula|function|index|integral|machine|matrix|method"
    r"|notation|numbers|oscillator|polynomial|prize|process|salad|scale|sequence|series|technique"
    r"|telescope|test|transform|transformation)s?\b"
)
_MONTH = re.compile(r"april|may|june|july|august|avril|abril|aprile|mai|mayo", re.IGNORECASE)
_BEFORE_A_DATE = re.compile(
    r"(?:\b(?:in|on|since|by|until|till|from|to|of|before|after|during|early|late|mid|last|next|this"
    r"|every|im|seit|bis|en|depuis|desde|da|di|em|sinds|and|or)|\d(?:st|nd|rd|th)?[.,]?)[\s-]\Z",
    re.IGNORECASE,
)
_AFTER_A_MONTH = re.compile(r"[\s,.]{1,2}\d")
_LOOK_BACK = 24


_FOR = re.compile(r"\b(?:for|für|fuer|para|pour|per|voor)\s{1,2}\Z", re.IGNORECASE)
_FOR_A_NAME = re.compile(
    r"\b(?:für|para|pour|per|voor)[ ](?P<name>[^\W\d_a-z][^\W\d_]+(?: [^\W\d_a-z]\.)?"
    r"(?: (?:d[aeiou]s?|de la|van|van de[nr]?|von|ten|ter))?"
    r"(?:[ -][^\W\d_a-z][^\W\d_]+){1,3})(?![\w-]| [^\W\d_a-z]| ?\d)"
)
_MODEL_NUMBER = re.compile(
    # X2, 40L, SSD: what stands behind the name of a product.
    r"[ -](?:[A-Z]{1,4}-?\d{1,4}[A-Za-z]?|\d{1,4}[A-Z]{1,3}|[BCDFGHJKLMNPQRSTVWXZ]{3,4})\b"
)


def is_beneficiary(text: str, start: int) -> bool:
    """Whether something is `for` what begins here: more often somebody than a place."""
    return _FOR.search(text, max(0, start - _LOOK_BACK), start) is not None


def beneficiaries(text: str) -> Iterator[tuple[int, int]]:
    """Places of two to four capitalised words that something is for, not in English."""
    for found in _FOR_A_NAME.finditer(text):
        yield found.span("name")


def has_model_number(text: str, start: int, end: int) -> bool:
    """Whether a model number is part of the span or follows it: `Aurora X2`."""
    return (
        _MODEL_NUMBER.search(text, start, end) is not None
        or _MODEL_NUMBER.match(text, end) is not None
    )


def has_title(text: str, start: int) -> bool:
    """Whether a title stands before."""
    return _TITLE.search(text, max(0, start - _LOOK_BACK), start) is not None


def is_introduced(text: str, start: int) -> bool:
    """Whether the words before are those by which one says or calls a name."""
    return _INTRODUCTION.search(text, max(0, start - _LOOK_BACK), start) is not None


def names_a_thing(text: str, end: int) -> bool:
    """Whether what follows is named after somebody: `Newton's law`, `Fourier transform`."""
    return _NAMED_AFTER.match(text, end) is not None


def is_date(text: str, start: int, end: int) -> bool:
    """Whether a month is a month: June is a given name, too."""
    return _MONTH.fullmatch(text, start, end) is not None and (
        _BEFORE_A_DATE.search(text, max(0, start - _LOOK_BACK), start) is not None
        or _AFTER_A_MONTH.match(text, end) is not None
    )
