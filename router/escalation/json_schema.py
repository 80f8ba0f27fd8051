"""Whether a value is what a JSON schema describes, for schemas and values that anybody may send.

Schemas come from clients, so that checking must fetch nothing, must match no regex that takes
exponential time, and must end: references are looked up in the schema itself alone, `pattern` is
matched by RE2, and what takes too many steps, or cannot be understood, is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import re2
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import ValidationError  # type: ignore[import-untyped]
from jsonschema.validators import extend  # type: ignore[import-untyped]
from referencing import Registry

from router.domain import Json, JsonObject

MAX_STEPS = 20_000
"""Of one check, up to a second: keywords that are applied, and branches, properties or items that
each of them goes through.
"""

_MAX_CHARACTERS = 200_000
_MAX_SUBSCHEMAS = 500
_REGEXES_OF_KEYS = "patternProperties"


def matches(value: Json, schema: JsonObject) -> bool | None:
    """None where it cannot be told. Takes up to a second for the worst of schemas: for a thread."""
    if _size(value) + _size(schema) > _MAX_CHARACTERS or not _is_plain(schema):
        return None
    validator = _bounded()(schema, registry=Registry())
    try:
        Draft202012Validator.check_schema(schema)
        return bool(validator.is_valid(value))
    except Exception:
        # No schema, one that refers elsewhere, too many steps, and whatever else strangers can make
        # of a library. No message of it is passed on: they quote what was checked (I6).
        return None


class _TooManySteps(Exception):
    pass


def _bounded() -> Any:
    """A validator that counts its steps; for one check."""
    steps = 0

    def counted(check: Any) -> Any:
        def run(validator: Any, said: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
            nonlocal steps
            steps += 1 + sum(len(each) for each in (said, value) if isinstance(each, list | dict))
            if steps > MAX_STEPS:
                raise _TooManySteps
            yield from check(validator, said, value, schema) or ()

        return run

    ours = {"pattern": _pattern, "uniqueItems": _unique}
    keywords = dict(Draft202012Validator.VALIDATORS) | ours
    return extend(Draft202012Validator, {name: counted(check) for name, check in keywords.items()})


def _pattern(_: Any, regex: Any, value: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(value, str):
        options = re2.Options()
        options.log_errors = False
        if not re2.compile(regex, options).search(value):
            yield ValidationError("pattern")


def _unique(_: Any, wanted: Any, value: Any, __: Any) -> Iterator[ValidationError]:
    if wanted and isinstance(value, list):
        seen = {spelling(item) for item in value}
        if len(seen) < len(value):
            yield ValidationError("uniqueItems")


def spelling(value: Any) -> str:
    """One for each value of JSON; 1 and 1.0 are the same number, and true is none."""
    if isinstance(value, dict):
        pairs = sorted(f"{key!r}:{spelling(below)}" for key, below in value.items())
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{','.join(map(spelling, value))}]"
    if isinstance(value, float) and value.is_integer():
        return repr(int(value))
    return repr(value)


def _size(value: Json) -> int:
    size, rest = 0, [value]
    while rest:
        item = rest.pop()
        size += len(item) if isinstance(item, str | list | dict) else 1
        if isinstance(item, list):
            rest.extend(item)
        elif isinstance(item, dict):
            rest.extend(item)
            rest.extend(item.values())
    return size


def _is_plain(schema: Json) -> bool:
    """Whether it is of a size that people write, and has no regexes for names of properties."""
    subschemas, rest = 0, [schema]
    while rest:
        item = rest.pop()
        if isinstance(item, dict):
            subschemas += 1
            if _REGEXES_OF_KEYS in item or subschemas > _MAX_SUBSCHEMAS:
                return False
            rest.extend(item.values())
        elif isinstance(item, list):
            rest.extend(item)
    return True
