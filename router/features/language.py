"""Which language a text is in, as far as its script and its commonest words tell. Pure."""

from __future__ import annotations

import re

MAX_CHARACTERS = 600
_MIN_WORDS = 2
"""One common word alone may be a name, or a word of another language."""

_COMMON_WORDS = {
    "en": "the and is are of to in that with for this was what please from you your how not write",
    "de": "der die das und ist nicht ein eine mit für den von zu auf bitte wie sie ich wird im dem",
    "fr": "le la les et est une des dans pour que qui pas sur avec du au vous ce cette veuillez je",
    "es": "el la los las y es una en para que por con del no se como está por favor cómo qué al lo",
    "it": "il lo gli e è una di per che non con del della sono come nel questo questa alla si dei",
    "pt": "o os as e é uma em para que não com do da por como no na você está dos das ao seu isso",
    "nl": "de het een en is van niet dat op te voor met zijn aan door ook naar maar deze graag dit",
    "pl": "i w na z do nie się jest to że jak dla oraz od po przez tego czy ale są proszę który",
}
_LANGUAGES_OF: dict[str, tuple[str, ...]] = {
    word: tuple(code for code, words in _COMMON_WORDS.items() if word in words.split())
    for word in " ".join(_COMMON_WORDS.values()).split()
}
_WORD = re.compile(r"[^\W\d_]+")

# Scripts of one language each, or nearly; kana before Han, since Japanese has both.
_SCRIPTS = (
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u05d0-\u05ea]")),
    ("ar", re.compile("[\u0620-\u064a]")),
    ("hi", re.compile("[\u0904-\u0939]")),
    ("th", re.compile("[\u0e01-\u0e30]")),
    ("uk", re.compile("[іїєґІЇЄҐ]")),
    ("ru", re.compile("[\u0410-\u044f]")),
)
_SHARE_OF_LETTERS = 0.3
_OTHER_SCRIPTS = re.compile("[\u0370-\u1fff\u2c00-\U0010ffff]")
"""Before them is all that is Latin, with its accents; dashes, quotes and signs are between them."""
_MIN_LETTERS = 3
"""A script counts where it has so much of the text: a Greek letter makes no Greek."""
_SHARE_OF_MARKS = 0.02
"""Letters that one language has and its neighbour in the same script has not."""


def language_of(text: str) -> str | None:
    """An ISO 639-1 code; None where it could be several, or says too little."""
    beginning = text[:MAX_CHARACTERS]
    if not beginning.isascii() and _OTHER_SCRIPTS.search(beginning):
        by_script = _by_script(beginning)
        if by_script is not None:
            return by_script
    found: dict[str, int] = {}
    for languages in filter(None, map(_LANGUAGES_OF.get, _WORD.findall(beginning.lower()))):
        for code in languages:
            found[code] = found.get(code, 0) + 1
    most = max(found.values(), default=0)
    firsts = [code for code, count in found.items() if count == most]
    return firsts[0] if most >= _MIN_WORDS and len(firsts) == 1 else None


def _by_script(text: str) -> str | None:
    letters = sum(map(str.isalpha, text))
    if not letters:
        return None
    for code, script in _SCRIPTS:
        found = len(script.findall(text))
        by_marks = code in ("uk", "ja")
        needed = _SHARE_OF_MARKS if by_marks else _SHARE_OF_LETTERS
        if found / letters >= needed and found >= (1 if by_marks else _MIN_LETTERS):
            return code
    return None
