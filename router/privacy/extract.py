"""All the text of a request, found by walking it and not by knowing it (I7).

Nothing is skipped for where it stands, so a field that an SDK grows tomorrow is scanned today. What
is skipped are exact words of a fixed vocabulary, which cannot carry anybody's data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from router.domain import Json, JsonObject, Segment
from router.errors import TextTooLong
from router.privacy.vocabulary import KNOWN_KEYS, KNOWN_VALUES, MEDIA_PARTS, TEXT_PARTS

_MIN_DIGITS = 5
_MAX_JSON_DEPTH = 2
_MAX_PATH_CHARACTERS = 200
_MAX_UNSCANNABLE = 32
_DATA_URL = re.compile(
    r"data:(?:[a-z]{1,20}/[\w.+-]{1,100}[^,\s]{0,100}|[^,\s]{0,100};base64),", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Extraction:
    """`unscannable` holds the paths of what no detector can read; the first 32 are enough."""

    segments: tuple[Segment, ...]
    unscannable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Node:
    path: str
    key: str
    """The nearest object key above, since `content` and `prompt` say what their items are."""
    value: Json = field(repr=False)
    json_depth: int = 0
    in_list: bool = False


def extract(body: JsonObject, *, max_characters: int | None = None) -> Extraction:
    """Yields every string, every key outside the vocabulary and every longer number of `body`.

    Paths look like `.messages[3].content`; a key that the client chose is `*` there, so that they
    can be logged. Strings that hold JSON are yielded as they are, and decoded (`(json)` in paths).

    Raises TextTooLong once there are more than `max_characters`, before more is collected.
    """
    walk = _Walk(max_characters)
    stack = [_Node(path="", key="", value=body)]
    while stack:
        node = stack.pop()
        stack.extend(reversed(list(walk.visit(node))))
    return Extraction(tuple(walk.segments), tuple(walk.unscannable))


class _Walk:
    def __init__(self, max_characters: int | None) -> None:
        self.segments: list[Segment] = []
        self.unscannable: list[str] = []
        self._characters_left = max_characters

    def visit(self, node: _Node) -> Iterator[_Node]:
        """Takes what the node itself says; yields the nodes below it, in order."""
        value = node.value
        if isinstance(value, str):
            yield from self._visit_string(node, value)
        elif isinstance(value, dict):
            yield from self._visit_object(node, value)
        elif isinstance(value, list):
            yield from self._visit_list(node, value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self._take_number(node.path, value)

    def _visit_string(self, node: _Node, text: str) -> Iterator[_Node]:
        if text in KNOWN_VALUES or not text or text.isspace():
            return
        self._take(node.path, text)
        if _DATA_URL.search(text):
            self._mark_unscannable(node.path)
        decoded = decode_json(text)
        if decoded is None:
            return
        if node.json_depth == _MAX_JSON_DEPTH:
            # Its escapes could hide anything from whoever reads it as it stands.
            self._mark_unscannable(node.path)
            return
        yield _Node(_bounded(f"{node.path}(json)"), node.key, decoded, node.json_depth + 1)

    def _visit_object(self, node: _Node, value: JsonObject) -> Iterator[_Node]:
        # JSON inside a string is text already, whatever its objects call themselves.
        if node.json_depth == 0 and _is_unreadable(node, value):
            self._mark_unscannable(node.path)
        for key, child in value.items():
            known = key in KNOWN_KEYS
            path = _bounded(f"{node.path}.{key if known else '*'}")
            if not known and key and not key.isspace():
                self._take(path, key)
            yield _Node(path, key, child, node.json_depth)

    def _visit_list(self, node: _Node, value: list[Json]) -> Iterator[_Node]:
        numbers = [item for item in value if type(item) in {int, float}]
        if numbers and node.key in {"prompt", "input"}:
            # Token ids: text that only a tokenizer could read.
            self._mark_unscannable(node.path)
        if len(numbers) > 1:
            # One number cut into the items of a list is still one number.
            try:
                self._take_digits(node.path, " ".join(str(number) for number in numbers))
            except ValueError:
                self._mark_unscannable(node.path)
        for index, item in enumerate(value):
            path = _bounded(f"{node.path}[{index}]")
            yield _Node(path, node.key, item, node.json_depth, in_list=True)

    def _take_number(self, path: str, value: float) -> None:
        try:
            self._take_digits(path, str(value))
        except ValueError:  # more digits than Python converts
            self._mark_unscannable(path)

    def _take_digits(self, path: str, text: str) -> None:
        if sum(character.isdigit() for character in text) >= _MIN_DIGITS:
            self._take(path, text)

    def _take(self, path: str, text: str) -> None:
        if self._characters_left is not None:
            self._characters_left -= len(text)
            if self._characters_left < 0:
                raise TextTooLong("more text than detection.max_characters lets a scan take")
        self.segments.append(Segment(path, text))

    def _mark_unscannable(self, path: str) -> None:
        if len(self.unscannable) < _MAX_UNSCANNABLE:
            self.unscannable.append(path)


def _is_unreadable(node: _Node, value: JsonObject) -> bool:
    kind = value.get("type")
    if isinstance(kind, str) and kind in MEDIA_PARTS:
        return True
    if node.key == "content" and node.in_list:
        return not (isinstance(kind, str) and kind in TEXT_PARTS)
    # A reference to speech that the provider keeps: its words are not in the body.
    return node.key == "audio" and "id" in value


def decode_json(text: str) -> JsonObject | list[Json] | None:
    """The object or list that `text` is as JSON; None where it is neither."""
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        decoded = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return decoded if isinstance(decoded, dict | list) else None


def _bounded(path: str) -> str:
    """Paths of deeply nested bodies would otherwise cost the square of the depth."""
    return path if len(path) <= _MAX_PATH_CHARACTERS else path[:_MAX_PATH_CHARACTERS] + "…"
