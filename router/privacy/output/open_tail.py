"""Where in a text that is still growing an unfinished identifier could have begun. Pure.

An identifier is a run of words of which each could be part of one: it has a digit or an @, does not
begin in lower case (names; scripts without case always), spells a digit, or stands alone as a
letter. Words that names, addresses and spelled-out e-mails are strung together with may stand
between. Two more words are held for what they are followed by: the last, which may go on, and a
plain one before it, since a detector judges a word with its neighbours.

Plain lower-case prose is thus let go word by word, what looks like somebody's data in one piece.
"""

from __future__ import annotations

import re

MAX_HELD_CHARACTERS = 128
"""No text is held back longer than for as many more characters. Longer than names, addresses,
account numbers and tokens; of a longer identifier the rest is taken out once it is recognised."""

_MAX_NAME_WORDS = 6
_WORD = re.compile(r"[^\s\u3001\u3002\uff01\uff1f\uff1b\uff0c]+")
_BREAK = re.compile(r"\n\s*\n|[\u3002\uff01\uff1f\uff1b]")
_SENTENCE_END = (".", "!", "?", ":", ";", "\n")


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


_SPELLED_DIGITS = _words(
    "zero oh one two three four five six seven eight nine ten double triple",
    "null eins zwei drei vier fünf sechs sieben acht neun",
    "zéro un deux trois quatre cinq sept huit neuf",
    "cero uno dos tres cuatro cinco seis siete ocho nueve",
)
_LINKS = _words(
    "at dot [at] (at) [dot] (dot) {at} {dot} dash hyphen minus underscore point punkt arroba punto",
    "de la le les du des del della di da dal do dos das el al bin ibn ben van von der den zu zum",
    "zur of y e i und et and am an rue",
)


def open_from(text: str, *, ended: bool = False) -> int:
    """The offset up to which no finding can still begin or grow; `len(text)` if nothing is open.

    `ended` says that nothing will follow in this place for now: the last word is whole, and the end
    of a sentence is an end. At most the last 128 characters are looked at and held.
    """
    if ended and text.rstrip(" ").endswith(_SENTENCE_END):
        return len(text)
    floor = max(0, len(text) - MAX_HELD_CHARACTERS)
    start = end = len(text)
    name_words, may_hold_plain, has_digits = 0, not ended, False
    for word in reversed(list(_WORD.finditer(text, floor))):
        growing = word.end() == len(text) and not ended
        if not growing and _BREAK.search(text, word.end(), end):
            break
        end = word.start()
        if growing:
            start = word.start()
        elif _could_be_part(word.group()):
            has_digits = has_digits or any(map(str.isdigit, word.group()))
            name_words += 1
            if name_words > _MAX_NAME_WORDS and not has_digits:
                break
            start = word.start()
            may_hold_plain = False
        elif not _links(word.group()):
            if may_hold_plain:
                start = word.start()
            break
    return start


def _could_be_part(word: str) -> bool:
    letters = [character for character in word if character.isalpha()]
    if not letters:
        return any(map(str.isdigit, word)) or "@" in word
    return (
        not letters[0].islower()
        or len(letters) == 1
        or "@" in word
        or any(map(str.isdigit, word))
        or word.strip(".,;:!?()[]\"'").casefold() in _SPELLED_DIGITS
    )


def _links(word: str) -> bool:
    return word.casefold().strip(",") in _LINKS or not any(map(str.isalnum, word))
