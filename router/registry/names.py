"""Which of the names that clients send may be repeated to them and to logs (I6)."""

from __future__ import annotations

import re

_NAME = re.compile(r"[a-z0-9][A-Za-z0-9._@-]*")
_SPOKEN_CHARACTERS = 64


def speakable(name: str) -> str | None:
    """At most 64 characters of what looks like a registry id or key; None for anything else.

    A client can put a prompt where the model's name belongs, by mistake.
    """
    return name[:_SPOKEN_CHARACTERS] if _NAME.fullmatch(name) else None
