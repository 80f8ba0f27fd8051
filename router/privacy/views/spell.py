"""What is spelled out, written together: local replacements only, so that prose stays prose."""

from __future__ import annotations

import re
from collections.abc import Iterator

from router.privacy.views.addresses import address_edits
from router.privacy.views.gate import gate
from router.privacy.views.numbers import number_edits
from router.privacy.views.offsets import Edit, disjoint
from router.privacy.views.reading import Reading
from router.privacy.views.spaced import spaced_edits

# Numbers with letters that look like digits among them: six or more in all, separators apart.
_NUMBERLIKE = re.compile(r"(?<![^\W_])[0-9OolI](?:[ .\-]?[0-9OolI]){5,}(?![^\W_])")
# The same with one letter in it, at least, beside a digit.
_may_have_digits = gate(
    r"[0-9][ .\-]?[OolI](?:[ .\-]?[0-9OolI]){2}|[OolI][ .\-]?[0-9][ .\-]?[0-9OolI]"
)
_DIGIT_FOR = str.maketrans("OolI", "0011")
_LEAST_SHARE = 0.35


def spell(reading: Reading) -> Reading | None:
    """`reading` with what was spelled out written together; None where nothing was."""
    text = reading.text
    edits = disjoint(
        [*address_edits(text), *number_edits(text), *spaced_edits(text), *_digit_edits(text)]
    )
    return reading.rewritten(edits, "spelled") if edits else None


def _digit_edits(text: str) -> Iterator[Edit]:
    """O for 0, l for 1 and the like, in what is a number otherwise."""
    if not _may_have_digits(text):
        return
    for match in _NUMBERLIKE.finditer(text):
        start, end = match.span()
        # "I 4711" begins with a word.
        while end - start > 2 and text[start].isalpha() and text[start + 1] == " ":
            start += 2
        while end - start > 2 and text[end - 1].isalpha() and text[end - 2] == " ":
            end -= 2
        body = text[start:end]
        digits = sum(map(str.isdigit, body))
        letters = sum(map(str.isalpha, body))
        if letters and digits >= 3 and digits >= _LEAST_SHARE * (digits + letters):
            yield Edit(start, end, body.translate(_DIGIT_FOR), linear=True)
