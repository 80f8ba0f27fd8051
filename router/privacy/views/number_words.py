"""The numbers from nought to ninety-nine as people say them digit by digit or in pairs."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache

from router.privacy.views.gate import gate

LONGEST_PHRASE = 4
"""Words in the longest number: quatre-vingt-dix-sept."""

# Per language: 0 to 9, 10 to 19, the tens, and how a unit joins a ten ("{t}" and "{u}").
_LANGUAGES: tuple[tuple[str, str, str, str], ...] = (
    (
        "zero one two three four five six seven eight nine",
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
        "twenty thirty forty fifty sixty seventy eighty ninety",
        "{t} {u}",
    ),
    (
        "null eins zwei drei vier fünf sechs sieben acht neun",
        "zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn",
        "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
        "{u}und{t}",
    ),
    (
        "zéro un deux trois quatre cinq six sept huit neuf",
        "dix onze douze treize quatorze quinze seize dix_sept dix_huit dix_neuf",
        "vingt trente quarante cinquante soixante septante huitante nonante",
        "{t} {u}",
    ),
    (
        "cero uno dos tres cuatro cinco seis siete ocho nueve",
        "diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve",
        "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
        "{t} y {u}",
    ),
    (
        "zero uno due tre quattro cinque sei sette otto nove",
        "dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove",
        "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
        "{t}{u}",
    ),
    (
        "zero um dois três quatro cinco seis sete oito nove",
        "dez onze doze treze quatorze quinze dezesseis dezessete dezoito dezenove",
        "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
        "{t} e {u}",
    ),
    (
        "nul een twee drie vier vijf zes zeven acht negen",
        "tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien",
        "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
        "{u}en{t}",
    ),
)
_VARIANTS = {
    **{"nought": "0", "nil": "0", "naught": "0", "niner": "9", "fourty": "40"},
    **{"ein": "1", "eine": "1", "zwo": "2", "fuenf": "5", "zwoelf": "12", "dreisig": "30"},
    **{"une": "1", "una": "1", "meia": "6", "quatre vingts": "80", "catorze": "14", "uma": "1"},
    **{"duas": "2", "veintiun": "21", "dezasseis": "16", "dezassete": "17", "dezanove": "19"},
    **{"soixante dix": "70", "quatre vingt": "80", "quatre vingt dix": "90"},
    **{"soixante et onze": "71"},
}
TIMES = {
    **dict.fromkeys(("double", "doppel", "doppelt", "doble", "doppio", "duplo", "dubbel"), 2),
    **dict.fromkeys(("triple", "treble", "dreifach", "triplo"), 3),
}
"""Said before a digit that is repeated."""
LETTER_ZERO = frozenset({"oh", "o"})
"""A nought between other digits."""
SIGNS = {
    **dict.fromkeys(("dash", "hyphen", "minus", "strich", "bindestrich", "tiret", "guion"), "-"),
    **dict.fromkeys(("trattino", "hifen", "traco", "streepje", "koppelteken"), "-"),
    **dict.fromkeys(("dot", "point", "punkt", "punto", "ponto", "punt", "period"), "."),
    **dict.fromkeys(("slash", "schragstrich", "barra"), "/"),
    **dict.fromkeys(("space", "leerzeichen", "espace", "espacio", "spazio"), " "),
    "plus": "+",
}
"""Said between the digits."""


@cache
def may_have_numbers() -> Callable[[str], bool]:
    """Whether a word for a number and two more, or digits, stand side by side in a text."""
    accented = " ".join(part.replace("_", " ") for language in _LANGUAGES for part in language[:3])
    said = {*accented.split(), *" ".join(phrases()).split(), *TIMES} - {"y", "e", "et"}
    word = "|".join(sorted(said))
    gap = r"(?:\s|[,.\-/()–:;|]){1,5}"
    item = rf"{gap}(?:{word}|[0-9]{{1,4}}|oh?|y|e|et|{'|'.join(SIGNS)})"
    return gate(rf"(?:^|[^\pL])(?:{word}){item}{item}(?:$|[^\pL])")


@cache
def phrases() -> dict[str, str]:
    """Lower-case words without accents, one space between → digits."""
    table: dict[str, str] = {}
    for number, (units, teens, tens, joint) in enumerate(_LANGUAGES):
        unit_words = units.split()
        teen_words = [word.replace("_", " ") for word in teens.split()]
        said = dict(zip(unit_words, "0123456789", strict=True))
        said |= {word: str(10 + at) for at, word in enumerate(teen_words)}
        for ten, word in enumerate(tens.split(), 2):
            said[word] = f"{ten}0"
            for unit in range(1, 10):
                spoken = unit_words[unit]
                if number in {1, 6} and unit == 1:
                    spoken = spoken.removesuffix("s")
                stem = word[:-1] if number == 4 and unit in {1, 8} else word
                said[joint.format(t=stem, u=spoken)] = f"{ten}{unit}"
                if number == 2 and unit == 1:
                    said[f"{word} et un"] = f"{ten}1"
                if number == 3 and ten == 2:
                    said["veinti" + spoken] = f"2{unit}"
        for phrase, digits in said.items():
            table.setdefault(plain(phrase), digits)
    french = _LANGUAGES[2]
    low = [*french[0].split(), *(word.replace("_", " ") for word in french[1].split())]
    for unit in range(1, 20):
        table[f"quatre vingt {low[unit]}"] = str(80 + unit)
        if unit >= 10:
            table[f"soixante {low[unit]}"] = str(60 + unit)
    return table | _VARIANTS


def plain(word: str) -> str:
    """`word` as the tables have it."""
    lower = word.lower()
    if lower.isascii():
        return lower
    apart = unicodedata.normalize("NFD", lower.replace("ß", "ss"))
    return "".join(part for part in apart if not unicodedata.combining(part))
