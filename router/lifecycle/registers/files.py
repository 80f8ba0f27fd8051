"""Registers as files: JSON for programs, CSV for people, and a manifest of their digests."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence

from router.domain import Json, JsonObject

MANIFEST = "manifest.json"
# A spreadsheet would compute what begins so.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def register_files(
    registers: Mapping[str, Sequence[JsonObject]], said: JsonObject
) -> dict[str, bytes]:
    """By name: each register twice, and the manifest, which has `said` and every file's sha256."""
    files: dict[str, bytes] = {}
    for name, rows in registers.items():
        files[f"{name}.json"] = _json(list(rows))
        files[f"{name}.csv"] = as_csv(rows)
    digests: JsonObject = {
        name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())
    }
    files[MANIFEST] = _json({**said, "schema_version": 1, "sha256": digests})
    return files


def as_csv(rows: Sequence[JsonObject]) -> bytes:
    """UTF-8 with the columns of the first row, what is nested as JSON, null as empty cells."""
    if not rows:
        return b""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(rows[0])
    writer.writerows([_cell(row.get(name)) for name in rows[0]] for row in rows)
    return text.getvalue().encode()


def _cell(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        written = "; ".join(map(str, value))
    elif isinstance(value, str):
        written = value
    else:
        written = json.dumps(value, ensure_ascii=False)
    return f"'{written}" if written.startswith(_FORMULA) else written


def _json(value: Json) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
