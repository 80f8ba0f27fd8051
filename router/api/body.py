"""Bodies from outside: bounded in bytes, depth and characters before anything looks at them."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from starlette.requests import Request

from router.domain import Json, JsonObject
from router.errors import BodyTooLarge, InvalidRequest

MAX_DEPTH = 64
MAX_VALUES = 100_000
"""Numbers, strings, lists and all: what each of them costs later is paid by everybody."""
_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")


async def read_json(request: Request, max_bytes: int) -> JsonObject:
    """The body as an object. Raises BodyTooLarge, or InvalidRequest saying what to mend."""
    return parse_json(await _read_bytes(request, max_bytes))


def parse_json(raw: bytes) -> JsonObject:
    try:
        body = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise InvalidRequest("The body is not UTF-8.") from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:  # JSONDecodeError, and integers of thousands of digits
        place = f" at byte {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise InvalidRequest(f"The body is not JSON{place}.") from None
    if not isinstance(body, dict):
        raise InvalidRequest("The body must be a JSON object.")
    _check(body)
    return body


async def _read_bytes(request: Request, max_bytes: int) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise _too_large(max_bytes)
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(chunks)


def _check(body: JsonObject) -> None:
    """Walks without recursion: depth, and characters that no backend could be sent."""
    level: list[Json] = [body]
    values = 0
    for _ in range(MAX_DEPTH):
        values += len(level)
        if values > MAX_VALUES:
            raise InvalidRequest(f"The body holds more than {MAX_VALUES} values.")
        below: list[Json] = []
        for value in level:
            if isinstance(value, str):
                _check_text(value)
            elif isinstance(value, dict):
                for key in value:
                    _check_text(key)
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
        if not below:
            return
        level = below
    raise _too_deep()


def _check_text(text: str) -> None:
    if _UNSENDABLE.search(text):
        raise InvalidRequest("The body has NUL characters or lone surrogates in it; remove them.")


def _refuse_constant(_name: str) -> NoReturn:
    raise InvalidRequest("NaN and Infinity are not JSON.")


def _too_deep() -> InvalidRequest:
    return InvalidRequest(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _too_large(max_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body is over the limit of {max_bytes} bytes; send less at a time.")
