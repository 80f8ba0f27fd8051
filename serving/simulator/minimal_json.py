"""The smallest value that a JSON schema admits, for tool arguments and structured answers.

Covers what tools and response formats are written with; a keyword beyond that is ignored.
"""

from __future__ import annotations

from router.domain import Json, JsonObject

_MAX_DEPTH = 32


def minimal_instance(schema: Json, root: JsonObject | None = None, depth: int = 0) -> Json:
    """A value for `schema`; None below a depth that only recursive schemas reach."""
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return None
    root = schema if root is None else root
    if "const" in schema:
        return schema["const"]
    for keyword in ("enum", "examples"):
        values = schema.get(keyword)
        if isinstance(values, list) and values:
            return values[0]
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return minimal_instance(_resolve(reference, root), root, depth + 1)
    for keyword in ("anyOf", "oneOf", "allOf"):
        branches = schema.get(keyword)
        if isinstance(branches, list) and branches:
            return minimal_instance(branches[0], root, depth + 1)
    return _of_type(schema, root, depth)


def _of_type(schema: JsonObject, root: JsonObject, depth: int) -> Json:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0] if kind else None
    match kind:
        case "string":
            return "x" * _integer(schema, "minLength")
        case "integer" | "number":
            minimum = schema.get("minimum", 0)
            return minimum if isinstance(minimum, int | float) else 0
        case "boolean":
            return False
        case "array":
            item = minimal_instance(schema.get("items"), root, depth + 1)
            return [item] * _integer(schema, "minItems")
        case "null":
            return None
        case _:
            return _object(schema, root, depth)


def _object(schema: JsonObject, root: JsonObject, depth: int) -> JsonObject:
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, dict) or not isinstance(required, list):
        return {}
    return {
        name: minimal_instance(properties.get(name), root, depth + 1)
        for name in required
        if isinstance(name, str)
    }


def _resolve(reference: str, root: JsonObject) -> Json:
    found: Json = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        if part:
            found = found.get(part) if isinstance(found, dict) else None
    return found


def _integer(schema: JsonObject, keyword: str) -> int:
    value = schema.get(keyword)
    return value if isinstance(value, int) else 0
