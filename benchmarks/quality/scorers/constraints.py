"""A rewritten text under rules: the share of them that it keeps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from benchmarks.quality.item import Grade, Reply
from benchmarks.quality.scorers.reading import MAX_CHARACTERS, has, plain, texts
from router.domain import JsonObject

_WORD = re.compile(r"[\w'’-]+")  # noqa: RUF001 -- an apostrophe as people type it
_CONTRACTION = re.compile(
    r"(?i)\b\w+(?:n['’]t|['’](?:re|ve|ll|d|m))\b"  # noqa: RUF001
    r"|\b(?:it|that|he|she|who|what|there|let)['’]s\b"  # noqa: RUF001
    r"|\b(?:gonna|gotta|wanna|kinda)\b"
)


def score(target: JsonObject, reply: Reply) -> Grade:
    """0 for an empty answer, and for one without the words that it had to keep: style is worth
    nothing where the matter is lost.
    """
    text = reply.text[:MAX_CHARACTERS].strip()
    rules = [each for each in _list(target["constraints"]) if isinstance(each, dict)]
    if not text or not rules:
        return Grade(0.0, "empty")
    kept = {str(rule["rule"]): _RULES[str(rule["rule"])](text, rule) for rule in rules}
    if not kept.get("keeps", True):
        return Grade(0.0, "lost words")
    # Two rules of one name count once each.
    share = sum(_RULES[str(rule["rule"])](text, rule) for rule in rules) / len(rules)
    return Grade(share, "whole" if share == 1 else "part")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _count(text: str) -> int:
    return len(_WORD.findall(text))


def _words(text: str) -> set[str]:
    return {word.replace("’", "'").casefold() for word in _WORD.findall(text)}  # noqa: RUF001


def _sentences(text: str) -> int:
    return len([part for part in re.split(r"[.!?]+(?:\s|$)", text) if _WORD.search(part)])


_RULES: dict[str, Callable[[str, JsonObject], bool]] = {
    "keeps": lambda text, rule: all(has(plain(text), plain(word)) for word in texts(rule["words"])),
    "max_words": lambda text, rule: _count(text) <= int(str(rule["count"])),
    "min_words": lambda text, rule: _count(text) >= int(str(rule["count"])),
    "lacks": lambda text, rule: not _words(text) & set(texts(rule["words"])),
    "lacks_sign": lambda text, rule: str(rule["sign"]) not in text,
    "no_contractions": lambda text, rule: _CONTRACTION.search(text) is None,
    "begins": lambda text, rule: text.startswith(str(rule["word"])),
    "ends": lambda text, rule: text.rstrip(".").endswith(str(rule["text"]).rstrip(".")),
    "max_sentences": lambda text, rule: _sentences(text) <= int(str(rule["count"])),
}
