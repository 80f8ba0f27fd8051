"""The one form of bytes that a record has: what is hashed, signed and exported."""

from __future__ import annotations

import json
from collections.abc import Mapping

from router.domain import Json


def canonical_json(value: Mapping[str, Json], *, finite: bool = True) -> bytes:
    """UTF-8, keys sorted, no white space; numbers as Python writes them, so that they read back.

    Raises ValueError for NaN and infinities, which JSON does not have, unless told that they may
    be there: clients send numbers like 1e400.
    """
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=not finite
    )
    # A lone surrogate can come from a client's escapes; UTF-8 has no place for it.
    return text.encode("utf-8", "backslashreplace")
