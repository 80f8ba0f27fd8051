"""One layer of encodings taken off, in place."""

from __future__ import annotations

from router.privacy.views.blobs import blob_edits
from router.privacy.views.escapes import escape_edits
from router.privacy.views.offsets import disjoint
from router.privacy.views.reading import Reading


def decode_once(reading: Reading) -> Reading | None:
    """`reading` with every code in it replaced by what it stands for; None where there is none."""
    found = [*blob_edits(reading.text), *escape_edits(reading.text)]
    if not found:
        return None
    names = sorted({name for name, _ in found})
    return reading.rewritten(disjoint([edit for _, edit in found]), "/".join(names))
