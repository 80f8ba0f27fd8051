"""The bytes that are kept and digested of a request's body and of an answer's texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from router.audit.canonical import canonical_json
from router.audit.vault.rules import Part
from router.domain import Json, JsonObject


def input_bytes(body: JsonObject) -> bytes:
    """The body as canonical JSON, whatever it looked like on the wire."""
    return canonical_json(body, finite=False)


def output_bytes(texts: Sequence[str]) -> bytes:
    """`{"texts": […]}` as canonical JSON: each choice's text, each call's arguments, and so on."""
    said: list[Json] = list(texts)
    return canonical_json({"texts": said})


def body_of(kept_input: bytes) -> JsonObject:
    body: JsonObject = json.loads(kept_input)
    return body


def readings(part: Part, text: bytes) -> Iterator[bytes]:
    """What `text`, as somebody holds it, may have been when it was digested.

    JSON is compared in canonical form. A plain text is the only one of its answer.
    """
    try:
        decoded = json.loads(text)
    except (ValueError, RecursionError):
        decoded = None
    if isinstance(decoded, dict):
        yield canonical_json(decoded)
    if part is Part.OUTPUT:
        yield output_bytes([text.decode("utf-8", "replace")])
