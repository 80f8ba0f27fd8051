"""What a pool and its workers say to each other: frames of JSON behind a length.

A frame is four bytes of length, big-endian, then as many bytes of ASCII JSON. Escaping everything
beyond ASCII lets lone surrogates and NUL through unharmed.

    pool → worker    {"configuration": {"recognisers": [a Pattern's fields, …]}} once
                     {"seq": int, "timeout_s": float, "texts": [str, …],
                      "joined": [number of a text that is a seam, …],
                      "settling": {"entity_types": [str, …], "min_score": float} or null}
    worker → pool    {"ready": version} once, or {"failed": what to do} and the end
                     {"seq": int, "findings": [[text number, entity type, start, end, score], …]}
                     {"seq": int, "error": name of an exception's type}; OutOfTime, a little before
                     the time is up, spares it being killed
"""

from __future__ import annotations

import json
import struct

from router.domain import JsonObject

LENGTH_BYTES = 4
OUT_OF_TIME = "OutOfTime"
MAX_ANSWER_BYTES = 64 * 1024 * 1024

_LENGTH = struct.Struct(">I")


def encode(message: JsonObject) -> bytes:
    """Raises struct.error beyond 4 GiB."""
    payload = json.dumps(message, separators=(",", ":")).encode("ascii")
    return _LENGTH.pack(len(payload)) + payload


def decode_length(header: bytes) -> int:
    """The length in bytes of the payload that follows `header`."""
    (length,) = _LENGTH.unpack(header)
    return int(length)


def decode(payload: bytes) -> JsonObject:
    """Raises ValueError for what is not a JSON object."""
    message = json.loads(payload)
    if not isinstance(message, dict):
        raise ValueError("a frame holds an object")
    return message
