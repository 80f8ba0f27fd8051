"""A file of somebody else's set: there, and as it ought to be, or a clear word that it is not."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class SetAbsent(Exception):
    """The set is not here. The message says where it was looked for."""


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines, packed with gzip or not. Raises SetAbsent."""
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8") as file
        ):
            for line in file:
                yield json.loads(line)
    except (OSError, ValueError):
        raise SetAbsent(f"{path.name} is not in {path.parent}, or no file of JSON lines") from None
