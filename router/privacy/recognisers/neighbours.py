"""What stands at the sides of a match in UTF-8: RE2 has no lookaround, and its \\b is ASCII."""

from __future__ import annotations

_FIRST_SPACELESS = "\u0e00"
"""From Thai on, scripts that write words without spaces between them, or join particles to what
they follow, as Korean does: there a letter beside a number says nothing about the number."""

_JOINTS = b"-."


def char_before(data: bytes, index: int) -> str:
    """The character that ends at `index`, or "" at the start of the text."""
    if index <= 0:
        return ""
    start = index - 1
    while start > 0 and data[start] & 0xC0 == 0x80:
        start -= 1
    return data[start:index].decode("utf-8", "replace")


def char_after(data: bytes, index: int) -> str:
    """The character that starts at `index`, or "" at the end of the text."""
    if index >= len(data):
        return ""
    end = index + 1
    while end < len(data) and data[end] & 0xC0 == 0x80:
        end += 1
    return data[index:end].decode("utf-8", "replace")


def is_word(character: str) -> bool:
    """Whether a letter or digit would run on into what stands beside it."""
    return character.isalnum() and character < _FIRST_SPACELESS


def stands_alone(data: bytes, start: int, end: int) -> bool:
    """Whether nothing at the sides of data[start:end] continues the word or number in it."""
    before, after = char_before(data, start), char_after(data, end)
    if is_word(before) and is_word(char_after(data, start)):
        return False
    return not (is_word(after) and is_word(char_before(data, end)))


def is_isolated(data: bytes, start: int, end: int) -> bool:
    """Whether no further group of digits is joined to data[start:end]: by a point or
    a hyphen, or by a space if that is what joins the groups of the value itself."""
    joints = _JOINTS + b" " if b" " in data[start:end] else _JOINTS
    if start >= 2 and data[start - 1] in joints and data[start - 2 : start - 1].isdigit():
        return False
    return not (end + 1 < len(data) and data[end] in joints and data[end + 1 : end + 2].isdigit())
