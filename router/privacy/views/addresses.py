"""E-mail addresses as people write them for people: `j [at] x (dot) org`, `j at x dot org`."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

from router.privacy.views.gate import gate
from router.privacy.views.offsets import Edit

# Each repetition is bounded by a small constant: linear.
_OPEN, _CLOSE = r"\s{0,3}[\[({<]\s?(?:", r")\s?[\])}>]\s{0,3}"
_AT_WORDS = "at(?:[ -]sign)?|arroba|chiocciola|arobase|apenstaartje|klammeraffe|ät"
_DOT_WORDS = "dot|punkt|punto|ponto|point|punt"
_SIGN = re.compile(
    rf"(?P<bracketed>{_OPEN}(?:{_AT_WORDS}|@|a){_CLOSE})|(?P<marked>[-_*]{{1,2}}at[-_*]{{1,2}})"
    rf"|(?P<word>\s{{1,3}}(?:{_AT_WORDS})\s{{1,3}})|(?P<sign>\s?@\s?)",
    re.IGNORECASE,
)
_DOT = (
    rf"(?:{_OPEN}(?:{_DOT_WORDS}|\.|d){_CLOSE}|[-_*]{{1,2}}dot[-_*]{{1,2}}"
    rf"|\s{{1,3}}(?:{_DOT_WORDS})\s{{1,3}}|\s\.\s|\.)"
)
_LABEL = r"[^\W_](?:[^\W_]|-(?!dot)){0,62}"
_HOST = re.compile(rf"{_LABEL}(?:{_DOT}{_LABEL}){{1,5}}", re.IGNORECASE)
_LOCAL_CHARACTERS = (
    string.ascii_letters + string.digits + "._+-" + "".join(map(chr, range(0xC0, 0x180)))
)
_DOT_BEFORE = re.compile(rf"{_DOT}\Z", re.IGNORECASE)
_LONGEST_DOT = 14
_DOTS = re.compile(_DOT, re.IGNORECASE)
_may_have_address = gate(
    rf"(?:[\[({{<]\s?(?:{_AT_WORDS}|@|a)\s?[\])}}>]|[-_*]at[-_*]|\s(?:{_AT_WORDS})\s|@)[-_*\s]{{0,3}}"
    r"[\pL\pN][\pL\pN\-]*[\s\[({<\-_*]{0,3}(?:dot|punkt|punto|ponto|point|punt|d|\.)"
)
_NOT_HOSTS = frozenset(
    "a an the this that our your my his her their least most all some which what one".split()  # noqa: SIM905
)
_FOREIGN_DOTS = frozenset(_DOT_WORDS.split("|")) - {"dot"}
_LOCAL_REACH = 64
_MOST_DOTS = 3


def address_edits(text: str) -> Iterator[Edit]:
    if not _may_have_address(text):
        return
    for match in _SIGN.finditer(text):
        host = _HOST.match(text, match.end())
        if host is None:
            continue
        start = match.start()
        local = _local_part(text, start)
        if local == start or not _is_address(match, host.group(), text[local:start]):
            continue
        for dot in _DOTS.finditer(text, local, start):
            if dot.group() != ".":
                yield Edit(dot.start(), dot.end(), ".")
        if match.group() != "@":
            yield Edit(start, match.end(), "@")
        for dot in _DOTS.finditer(text, host.start(), host.end()):
            if dot.group() != ".":
                yield Edit(dot.start(), dot.end(), ".")


def _local_part(text: str, end: int) -> int:
    """Where the part before the sign begins; `end` where there is none."""
    start = _word(text, end)
    for _ in range(_MOST_DOTS):
        dot = _DOT_BEFORE.search(text, max(0, start - _LONGEST_DOT), start)
        if dot is None or start == end:
            break
        earlier = _word(text, dot.start())
        if earlier == dot.start():
            break
        start = earlier
    return start


def _word(text: str, end: int) -> int:
    window = text[max(0, end - _LOCAL_REACH) : end]
    return end - len(window) + len(window.rstrip(_LOCAL_CHARACTERS))


def _is_address(sign: re.Match[str], host: str, local: str) -> bool:
    """A word for the sign counts only beside a word for the dot, or a local part that is one."""
    labels = _DOTS.split(host)
    if not labels[-1].isalpha() or len(labels[-1]) < 2:
        return False
    if sign.group("word") is None:
        return True
    if labels[0].lower() in _NOT_HOSTS:
        return False
    dots = {dot.strip().lower() for dot in _DOTS.findall(host)} - {"."}
    # "at another point in" is English, and no address.
    spelled = dots if sign.group("word").strip()[:2].lower() != "at" else dots - _FOREIGN_DOTS
    return bool(spelled) or any(c in "._+" or c.isdigit() for c in local)
