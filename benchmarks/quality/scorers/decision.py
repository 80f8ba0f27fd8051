"""YES or NO: the first of the two words."""

from __future__ import annotations

import re

from benchmarks.quality.item import Grade, Reply
from benchmarks.quality.scorers.reading import MAX_CHARACTERS
from router.domain import JsonObject

YES, NO, NONE = "yes", "no", "none"


def score(target: JsonObject, reply: Reply) -> Grade:
    """Where `decision` is None nothing is wrong but saying neither. The note is what was said."""
    found = re.search(r"(?i)\b(yes|no)\b", reply.text[:MAX_CHARACTERS])
    if found is None:
        return Grade(0.0, NONE)
    said = found.group(1).lower()
    right = target["decision"]
    return Grade(float(right is None or str(right).lower() == said), said)
