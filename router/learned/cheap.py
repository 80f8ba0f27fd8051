"""What a text looks like, at next to no cost: lengths, shares of signs, words that give it away."""

from __future__ import annotations

import math
import re

import numpy as np

from router.learned.examples import Vectors

MAX_CHARS = 4_000
"""Of a text, what is looked at."""

_LATEX = re.compile(r"\\[a-zA-Z]+|\$|\^|_\{")
_OPTION = re.compile(r"^[A-J][.)] ", re.MULTILINE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W\d_]+")
_EQUATION = re.compile(r"[=≈≤≥<>+*/√π∫∑]")
_CODE = re.compile(r"[{};]|\bdef\b|\breturn\b|\bint\b|==|\(\)")
_NEGATED = re.compile(r"\b(?:not|except|least|false|incorrect|never)\b", re.IGNORECASE)
_COMPUTED = re.compile(
    r"\b(?:calculate|compute|find|determine|how many|how much|what is the value|evaluate|solve)\b",
    re.IGNORECASE,
)
_CHOSEN = re.compile(
    r"\bwhich of the following\b|\ball of the above\b|\bnone of the", re.IGNORECASE
)
_STATEMENTS = re.compile(r"\bstatement [12i]|\b(?:i|ii|iii)\b", re.IGNORECASE)
_BLANK = re.compile(r"_{2,}")

NAMES = (
    "log_chars",
    "log_first_line_chars",
    "options",
    "log_option_chars",
    "numeric_options",
    "numbers",
    "digits_share",
    "latex",
    "equations",
    "code",
    "word_chars",
    "upper_share",
    "not_ascii_share",
    "questions",
    "negated",
    "computed",
    "chosen",
    "statements",
    "blank",
)


def cheap_features(text: str) -> Vectors:
    """One number for each of NAMES. Pure, bounded, and of no set of questions in particular."""
    text = text[:MAX_CHARS]
    chars = max(len(text), 1)
    words = _WORD.findall(text)
    starts = [match.start() for match in _OPTION.finditer(text)]
    stem = text[: starts[0]] if starts else text
    options = text[starts[0] :].splitlines() if starts else []
    bodies = [option[3:] for option in options if option]
    numeric = sum(any(sign.isdigit() for sign in body) for body in bodies)
    letters = sum(map(len, words)) or 1
    return np.array(
        (
            math.log1p(len(text)),
            math.log1p(len(stem)),
            len(starts),
            math.log1p(sum(map(len, bodies)) / max(len(bodies), 1)),
            numeric / max(len(bodies), 1),
            math.log1p(len(_NUMBER.findall(stem))),
            sum(map(str.isdigit, text)) / chars,
            math.log1p(len(_LATEX.findall(text))),
            math.log1p(len(_EQUATION.findall(text))),
            math.log1p(len(_CODE.findall(text))),
            letters / max(len(words), 1),
            sum(map(str.isupper, text)) / letters,
            sum(ord(sign) > 127 for sign in text) / chars,
            math.log1p(stem.count("?")),
            _NEGATED.search(stem) is not None,
            _COMPUTED.search(stem) is not None,
            _CHOSEN.search(text) is not None,
            _STATEMENTS.search(text) is not None,
            _BLANK.search(stem) is not None,
        ),
        np.float32,
    )
