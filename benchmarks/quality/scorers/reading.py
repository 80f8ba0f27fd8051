"""What several scorers read out of an answer: JSON in a fence, words, a last line."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from router.domain import Json, JsonObject

_FENCE = re.compile(r"```[A-Za-z0-9_+-]*[ \t]*\n(.*?)(?:\n```|\Z)", re.DOTALL)
_MARKER = re.compile(r"(?i)answer[*_]{0,3} ?:")
_SPACES = re.compile(r"\s+")
MAX_CHARACTERS = 100_000
"""An answer beyond it is judged by its beginning."""


def fenced(text: str) -> str:
    """What is in the first code block; all of the text where there is none."""
    found = _FENCE.search(text[:MAX_CHARACTERS])
    return found.group(1) if found else text[:MAX_CHARACTERS]


def parsed(text: str) -> Any:
    """The JSON value of a text. None for what is none."""
    try:
        return json.loads(text[:MAX_CHARACTERS])
    except (ValueError, RecursionError):
        return None


def json_object(text: str) -> JsonObject | None:
    """The object that an answer is, or has in a code block."""
    for candidate in (text.strip(), fenced(text).strip()):
        value = parsed(candidate)
        if isinstance(value, dict):
            return value
    return None


def plain(text: str) -> str:
    """Without case or signs of emphasis, with single spaces: what two writings of one share."""
    folded = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).casefold()
    return _SPACES.sub(" ", re.sub(r"[*_`#\"“”«»]", "", folded)).strip()


def has(text: str, phrase: str) -> bool:
    """Whether the phrase is in the text as words of its own; both as `plain` has them."""
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) is not None


def last_answer(text: str) -> str | None:
    """What follows the last `ANSWER:`, as far as its line goes."""
    # Some keyboards have a full-width colon.
    end = text[-MAX_CHARACTERS:].replace("\uff1a", ":")
    found = list(_MARKER.finditer(end))
    return end[found[-1].end() :].split("\n", 1)[0].strip(" *_") if found else None


def texts(value: Json) -> list[str]:
    """The strings in a list of them."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
