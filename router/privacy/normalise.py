"""One spelling for texts that differ in whitespace alone."""

from __future__ import annotations

import json

from router.domain import Json


def collapse_whitespace(text: str) -> str:
    """Runs of whitespace become one space; none is left at the ends."""
    return " ".join(text.split())


def informative_lines(text: str) -> list[str]:
    """The collapsed lines of `text` that have a letter or a digit in them.

    Blank lines, rulers and lone braces are left out, and so are the marks of a quotation (`>`) at
    the start of a line: quoting an answer changes those and nothing else.
    """
    lines = (collapse_whitespace(line.lstrip("> \t")) for line in text.splitlines())
    return [line for line in lines if any(character.isalnum() for character in line)]


def canonical_json(value: Json) -> str:
    """Sorted keys, no whitespace. Raises RecursionError for what is nested too deeply."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
