"""Where the words stand that say what a number nearby is: one search for all of them at once."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import re2

from .neighbours import char_after, char_before, is_word

_SEPARATORS = " \t\r\n_-./'’"
_GAP = r"[\s_./-]{0,3}"
_SQUEEZE = str.maketrans("", "", _SEPARATORS)
_PLAIN_ENDS = frozenset({b"", b" ", b":", b"=", b'"', b"_", b",", b".", b"\n"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe"})
_MAX_MEMORY_BYTES = 256 << 20
_LONGEST_ENDING = 24
"""Letters of an ending that a stem may have."""


class Hit(NamedTuple):
    """A context word at bytes [start, end). A tuple, because there may be very many."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Phrase:
    squeezed: str
    stem: bool
    groups: tuple[int, ...]


class ContextIndex:
    """Each set of context words is a group; `find` says where words of each group stand.

    A phrase counts as a whole word; the parts of `camelCase` and `snake_case` are words. Where two
    phrases overlap both are found. Linear in the text: one pass of RE2, which then goes on after
    the first word of what it found.
    """

    def __init__(self, groups: Iterable[tuple[str, ...]]) -> None:
        wanted: dict[tuple[str, bool], set[int]] = defaultdict(set)
        spellings: set[str] = set()
        for number, words in enumerate(groups):
            for word in words:
                for spelling in _spellings(word.removesuffix("*")):
                    stem = word.endswith("*")
                    spellings.add(spelling)
                    wanted[_squeeze(spelling), stem].add(number)
        self._phrases = {
            key: _Phrase(key[0], key[1], tuple(sorted(numbers))) for key, numbers in wanted.items()
        }
        self._prefixes = self._resolve()
        self._regexp = _compile(spellings) if spellings else None

    def find(self, data: bytes) -> dict[int | None, list[Hit]]:
        """Hits by group, in ascending order of start. `data` is UTF-8."""
        found: dict[int | None, list[Hit]] = defaultdict(list)
        if self._regexp is None:
            return found
        # A space in front, so that every match begins with one character that is not the word's.
        padded = b" " + data
        position = 0
        while (match := self._regexp.search(padded, position)) is not None:
            start, end = match.span()
            start += 1 if padded[start] < 0x80 else len(char_after(padded, start).encode())
            if padded[start - 1] < 0x80 or not is_word(char_before(padded, start)):
                key = _squeeze(padded[start:end].decode().lower())
                for phrase in self._prefixes.get(key, ()):
                    whole = len(phrase.squeezed) == len(key)
                    stop = end if whole else _walk(padded, start, len(phrase.squeezed))
                    if phrase.stem:
                        stop = _word_end(padded, stop)
                    if phrase.stem or _ends_word(padded, stop):
                        for group in phrase.groups:
                            found[group].append(Hit(start - 1, stop - 1))
            position = _first_word_end(padded, start, end)
        return found

    def _resolve(self) -> dict[str, tuple[_Phrase, ...]]:
        """For each phrase all phrases that begin where it does, itself among them."""
        return {
            phrase.squeezed: tuple(self._beginning(phrase.squeezed))
            for phrase in self._phrases.values()
        }

    def _beginning(self, squeezed: str) -> Iterator[_Phrase]:
        for length in range(1, len(squeezed) + 1):
            for stem in (False, True):
                phrase = self._phrases.get((squeezed[:length], stem))
                if phrase is not None:
                    yield phrase


def _compile(spellings: Iterable[str]) -> re2._Regexp:
    options = re2.Options()
    options.case_sensitive = False
    options.longest_match = True
    options.never_capture = True
    options.max_mem = _MAX_MEMORY_BYTES
    plain, humps = [], []
    for spelling in sorted(spellings):
        plain.append(_regex(spelling))
        if spelling[0].isascii() and spelling[0].isalpha():
            first = f"(?-i:{spelling[0].upper()})"
            humps.append(first + _regex(spelling[1:]))
    hump = f"|(?-i:[a-z])(?:{'|'.join(humps)})" if humps else ""
    return re2.compile(f"[^A-Za-z](?:{'|'.join(plain)}){hump}", options)


def _regex(spelling: str) -> str:
    return _GAP.join(
        "".join("['’_ ]?" if c in "'’" else re2.escape(c) for c in word)
        for word in spelling.replace("-", " ").replace("_", " ").split(" ")
    )


def _spellings(word: str) -> set[str]:
    """As it is, with umlauts written out, and without accents."""
    decomposed = unicodedata.normalize("NFKD", word)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return {word, word.translate(_UMLAUTS), bare}


def _squeeze(text: str) -> str:
    return text.translate(_SQUEEZE)


def _walk(data: bytes, start: int, characters: int) -> int:
    """The index after so many characters from `start` that are not separators."""
    index = start
    while characters:
        character = char_after(data, index)
        index += len(character.encode())
        characters -= character not in _SEPARATORS
    return index


def _word_end(data: bytes, index: int) -> int:
    for _ in range(_LONGEST_ENDING):
        character = char_after(data, index)
        if not character.isalpha():
            break
        index += len(character.encode())
    return index


def _ends_word(data: bytes, index: int) -> bool:
    if data[index : index + 1] in _PLAIN_ENDS:
        return True
    after = char_after(data, index)
    if not after.isalpha() or not is_word(after):
        return True
    before = char_before(data, index)
    return (after.isupper() and before.islower()) or not is_word(before)


def _first_word_end(data: bytes, start: int, end: int) -> int:
    """Where to go on: just after the first letter run, so that phrases may overlap."""
    index = start + 1
    while index < end and data[index : index + 1] not in (b" ", b"_", b"-", b"\t", b"\n", b"."):
        if data[index : index + 1].isupper() and data[index - 1 : index].islower():
            break
        index += 1
    return index if index < end else end
