"""What every upstream dialect shares: rendered bytes, and reading JSON whose shape is not ours."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from router.domain import Json, JsonObject
from router.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Rendered:
    """Exactly what a backend gets: `body` at `path` (beginning with a slash, no query).

    `dropped_fields` names what the client sent and this backend does not get.
    """

    path: str
    body: bytes = field(repr=False)
    dropped_fields: tuple[str, ...] = ()


def canonical_json(body: JsonObject) -> bytes:
    """One spelling per value, so that a digest of it means something.

    Raises InvalidRequest for what JSON in UTF-8 cannot hold: lone surrogates, NaN, infinities.
    """
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (ValueError, RecursionError):
        problem = "the body holds a lone surrogate, a number that is not one, or is nested too deep"
    # Outside of the handler: an UnicodeEncodeError in the context would quote the text (I6).
    raise InvalidRequest(f"{problem}; send valid Unicode and finite numbers")


def object_at(value: Json, *keys: str) -> JsonObject:
    """The object under `keys`, {} where there is none or it is something else."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def objects_at(value: Json, key: str) -> list[JsonObject]:
    """The objects of the list under `key`; anything else in it is left out."""
    items = value.get(key) if isinstance(value, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def text_at(value: Json, key: str) -> str:
    """The string under `key`, "" where there is none."""
    text = value.get(key) if isinstance(value, dict) else None
    return text if isinstance(text, str) else ""


def count_at(value: Json, key: str) -> int:
    """The non-negative integer under `key`, 0 where there is none."""
    count = value.get(key) if isinstance(value, dict) else None
    return count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else 0
