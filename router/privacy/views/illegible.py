"""What no detector can read: undecodable blobs, and scripts that nobody here was trained on.

A text with such a thing in it is undetermined, and so restricted (I2).
"""

from __future__ import annotations

import math
import re
import string
import unicodedata
from collections import Counter

from router.privacy.views.blobs import blob_spans, decode
from router.privacy.views.fold import fold_fully
from router.privacy.views.gate import gate

BLOB = "blob"
SCRIPT = "script"

LATIN_ONLY = frozenset({"LATIN"})
_LEAST_BLOB = 120
_LEAST_URL_BLOB = 512
_LEAST_HEX = 160
"""Longer than a SHA-512."""
_HASH_LENGTHS = frozenset({32, 40, 48, 56, 64, 96, 128})
_FOREIGN_MOST = 12
_FOREIGN_FEW = 6
_FOREIGN_SHARE = 0.3
_UNREADABLE_LEAST = 12
_UNREADABLE_SHARE = 0.12
_WINDOW = 512

_may_have_blob = gate(r"[!-~]{120}|[a-z0-9+/_\-=]{40}[\s\"',+\\>n]{1,24}[a-z0-9+/_\-=]{40}")
_PRINTABLE_RUN = re.compile(r"[!-~]{120,}")
_WORDS = re.compile(r"[a-z]{4,}|[A-Z]{4,}")
_HEX = re.compile(r"(?:0x)?[0-9A-Fa-f]+")
_TOKEN_CHARACTERS = string.ascii_letters + string.digits + "-_."
_LETTER_RUN = re.compile(r"[^\W\d_]+")
_NOT_A_SCRIPT = frozenset({"MODIFIER", "FEMININE", "MASCULINE", "MICRO", "SCRIPT", "COMBINING"})
_DENSE_SCRIPTS = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "YI", "VAI", "BOPOMOFO"})
"""A character of these says as much as two letters."""
_SYMBOL_SCRIPTS = frozenset({"GREEK", "COPTIC"})
"""A lone letter of these is a symbol of mathematics."""


def illegible(text: str, *, scripts: frozenset[str] = LATIN_ONLY) -> str | None:
    """`BLOB`, `SCRIPT`, or None where all of `text` can be read.

    To be asked of the original and of each decoded view: what decodes to text is no blob here, but
    what it decodes to may be one. `scripts` are the first words of Unicode character names (LATIN,
    GREEK, CYRILLIC, CJK, …). Linear in the length of `text`; never raises.
    """
    if not text.isascii():
        folded = fold_fully(text)
        if _is_foreign(folded, scripts):
            return SCRIPT
    else:
        folded = text
    if _is_unprintable(text) or _has_blob(folded):
        return BLOB
    return None


def _is_foreign(text: str, scripts: frozenset[str]) -> bool:
    if text.isascii():
        return False
    letters = Counter(text)
    foreign = {
        character: weight
        for character in letters
        if not character.isascii() and (weight := _weight(character, scripts))
    }
    if not foreign:
        return False
    if sum(letters[character] * weight for character, weight in foreign.items()) < _FOREIGN_FEW:
        return False
    count = 0
    for match in _LETTER_RUN.finditer(text):
        run = match.group()
        if not run.isascii() and (len(run) > 1 or _is_a_word(text, match.start())):
            count += sum(foreign.get(character, 0) for character in run)
    if count >= _FOREIGN_MOST:
        return True
    total = sum(
        number * foreign.get(character, 1)
        for character, number in letters.items()
        if character.isalpha()
    )
    return count >= _FOREIGN_FEW and count >= _FOREIGN_SHARE * total


def _is_a_word(text: str, at: int) -> bool:
    """Whether a lone letter may be one: not a symbol, nor an entry of a table of characters."""
    if _script(text[at]) in _SYMBOL_SCRIPTS:
        return False
    around = text[at - 1 : at] + text[at + 1 : at + 2]
    return not around or around.isspace() or _script(text[at]) in _DENSE_SCRIPTS


def _weight(character: str, scripts: frozenset[str]) -> int:
    """What a character counts as, in letters of a script that is not read."""
    if not character.isalpha():
        return 0
    script = _script(character)
    if script in scripts or script in _NOT_A_SCRIPT:
        return 0
    return 2 if script in _DENSE_SCRIPTS else 1


def _script(character: str) -> str:
    return unicodedata.name(character, "UNKNOWN").partition(" ")[0]


def _is_unprintable(text: str) -> bool:
    """Whether some stretch has so many characters that are none that it must be binary."""
    bad = {
        ord(character): 0
        for character in set(text)
        if not " " <= character <= "~" and _is_no_text(character)
    }
    if not bad:
        return False
    marked = text.translate(bad)
    if marked.count("\0") < _UNREADABLE_LEAST:
        return False
    for start in range(0, len(marked), _WINDOW):
        window = marked[start : start + _WINDOW]
        count = window.count("\0")
        if count >= _UNREADABLE_LEAST and count >= _UNREADABLE_SHARE * len(window):
            return True
    return False


def _is_no_text(character: str) -> bool:
    if character in "\t\n\r\x0b\x0c\x1b\x85":
        return False
    return character == "\ufffd" or unicodedata.category(character) in {"Cc", "Co", "Cn", "Cs"}


def _has_blob(text: str) -> bool:
    if not _may_have_blob(text):
        return False
    for start, end in blob_spans(text):
        blob = re.sub(r"[^A-Za-z0-9+/_\-]", "", text[start:end])
        if len(blob) >= _LEAST_BLOB and _is_dense(blob) and decode(blob) is None:
            if all(_is_hash(part) for part in text[start:end].split()):
                continue
            before = text[max(0, start - 2048) : start]
            if _ends_in_token(before):
                continue  # its signature; a token is a credential, and others look for those
            if len(blob) >= _LEAST_URL_BLOB or not _ends_in_url(before):
                return True
    return any(_is_dense_print(match.group()) for match in _PRINTABLE_RUN.finditer(text))


def _ends_in_token(text: str) -> bool:
    head = text[len(text.rstrip(_TOKEN_CHARACTERS)) :]
    return head.startswith("ey") and "." in head


def _ends_in_url(text: str) -> bool:
    return not text[-1:].isspace() and "://" in "".join(text.rsplit(maxsplit=1)[-1:])


def _is_hash(part: str) -> bool:
    return len(part) in _HASH_LENGTHS and _HEX.fullmatch(part) is not None


def _is_dense(blob: str) -> bool:
    """Whether `blob`, of letters, digits and `+/-_` alone, is a code: not words, names or paths."""
    size = len(blob)
    digits = sum(map(str.isdigit, blob))
    signs = size - sum(map(str.isalnum, blob))
    if _HEX.fullmatch(blob):
        return size >= _LEAST_HEX and digits < 0.85 * size and _entropy(blob) > 3.3
    upper = sum(map(str.isupper, blob))
    lower = size - digits - upper - signs
    if min(upper, lower) < 0.12 * size:  # one case: base32, base36
        return signs < 0.03 * size < digits / 2.5 and _changes(blob) > 0.18 and _entropy(blob) > 4.2
    return digits > 0.05 * size and _wordy(blob) < 0.4 and _entropy(blob) > 4.7


def _is_dense_print(run: str) -> bool:
    """Whether `run`, of all that can be printed, is a code such as base85: not source or a URL."""
    size = len(run)
    upper = sum(map(str.isupper, run))
    lower = sum(map(str.islower, run))
    digits = sum(map(str.isdigit, run))
    signs = size - upper - lower - digits
    return (
        min(upper, lower) > 0.18 * size
        and digits > 0.05 * size
        and signs > 0.1 * size
        and _wordy(run) < 0.2
        and _entropy(run) > 5.3
    )


def _wordy(text: str) -> float:
    """The share of characters within four letters of one case, or more, in a row."""
    return sum(map(len, _WORDS.findall(text))) / len(text)


def _changes(text: str) -> float:
    """How often a letter is next to a digit."""
    kinds = [character.isdigit() for character in text]
    return sum(map(bool.__ne__, kinds, kinds[1:])) / len(text)


def _entropy(text: str) -> float:
    """Bits per character, after Shannon."""
    size = len(text)
    return -sum(n / size * math.log2(n / size) for n in Counter(text).values())
