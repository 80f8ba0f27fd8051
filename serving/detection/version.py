"""The detector's name in every record: what would have to be the same to find the same again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from router.privacy.recognisers.pattern import Pattern

_ROOT = Path(__file__).resolve().parents[2]
_CODE = ("router/privacy/views", "router/privacy/recognisers", "serving/detection")
_LIBRARIES = ("google-re2", "python-stdnum", "presidio-analyzer")


def detector_version(recognisers: Sequence[Pattern], classifier: str) -> str:
    """Our code by its digest, the classifier's name, libraries, the customer's patterns.

    Lists and tables that code reads are part of the digest. Shorter than 256 characters.
    """
    libraries = " ".join(f"{library}/{version(library)}" for library in _LIBRARIES)
    customers = f" customer/{_patterns_digest(recognisers)[:12]}" if recognisers else ""
    return f"layers/{_code_digest()[:12]} {classifier} {libraries}{customers}"


def _code_digest() -> str:
    digest = hashlib.sha256()
    for folder in _CODE:
        for path in sorted((_ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(_ROOT)).encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _patterns_digest(patterns: Sequence[Pattern]) -> str:
    rows = [(p.name, p.entity_type, p.regex, p.score, p.context) for p in patterns]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()
