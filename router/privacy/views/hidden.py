"""Text carried by characters that nobody sees but a model reads: tags and variation selectors."""

from __future__ import annotations

import re

from router.privacy.views.offsets import Edit
from router.privacy.views.plausible import as_text
from router.privacy.views.reading import Reading

_TAGS = re.compile("[\U000e0020-\U000e007e]{3,}")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")
_CANCEL = "\U000e007f"
_BLACK_FLAG = "\U0001f3f4"


def reveal(reading: Reading) -> Reading | None:
    """`reading` with what is hidden in it written out; None where nothing is."""
    text = reading.text
    if text.isascii():
        return None
    edits = []
    for match in _TAGS.finditer(text):
        start, end = match.span()
        if text[start - 1 : start] == _BLACK_FLAG and text[end : end + 1] == _CANCEL:
            continue  # the flag of a region
        plain = "".join(chr(ord(tag) - 0xE0000) for tag in match.group())
        edits.append(Edit(start, end, plain, linear=True))
    for match in _SELECTORS.finditer(text):
        plain_text = as_text(bytes(_selected(ord(selector)) for selector in match.group()))
        if plain_text is not None:
            edits.append(Edit(match.start(), match.end(), plain_text))
    edits.sort(key=lambda edit: edit.start)
    return reading.rewritten(edits, "hidden") if edits else None


def _selected(code: int) -> int:
    """The byte that a variation selector numbers: 1 to 16, then 17 to 256, less one."""
    return code - 0xFE00 if code < 0xE0000 else code - 0xE0100 + 16
