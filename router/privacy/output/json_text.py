"""JSON inside an answer: what is to be scanned of it, and masking that leaves it JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from router.domain import Json
from router.privacy.extract import decode_json
from router.privacy.output.mask import Hit, masked, regions_of

_MAX_DEPTH = 3
_MIN_PART = 2
Change = Callable[[str], str]


class JsonText:
    """A text that is JSON, and every string, key and number in it as a text of its own.

    `texts` are to be scanned: first the whole as it stands, which shows what only its neighbours
    give away, then the values, decoded.
    """

    def __init__(self, text: str) -> None:
        """Raises ValueError for a text that is no JSON object or list."""
        decoded = decode_json(text)
        if decoded is None:
            raise ValueError("no JSON")
        self._text = text
        self._value: Json = decoded
        self._values: list[str] = []
        _rebuild(decoded, self._collect, 0)

    @property
    def texts(self) -> list[str]:
        return [self._text, *self._values]

    def _collect(self, value: str) -> str:
        self._values.append(value)
        return value

    def masked(self, hits: Sequence[Sequence[Hit]]) -> str:
        """The same JSON without what was hit in each of `texts`; the text itself without hits."""
        if not any(hits):
            return self._text
        whole = [
            (self._text[region.start : region.end], region.placeholder)
            for region in regions_of(hits[0])
        ]
        values = zip(self._values, hits[1:], strict=True)

        def change(value: str) -> str:
            expected, found = next(values)
            changed = masked(expected, found)
            for matched, placeholder in whole:
                changed = _without(changed, matched, placeholder)
            return changed

        return json.dumps(_rebuild(self._value, change, 0), ensure_ascii=False)


def _without(value: str, matched: str, placeholder: str) -> str:
    """`value` without what was matched in the JSON around it, whole or in part."""
    if matched in value:
        return value.replace(matched, placeholder)
    # What was matched reaches over several values, of which this is one.
    return placeholder if len(value) >= _MIN_PART and value in matched else value


def _rebuild(value: Json, change: Change, depth: int) -> Json:
    """The same value with each string, key and number as `change` has it, in a fixed order."""
    if isinstance(value, str):
        return _rebuild_string(value, change, depth)
    if isinstance(value, dict):
        return {change(key): _rebuild(below, change, depth) for key, below in value.items()}
    if isinstance(value, list):
        return [_rebuild(below, change, depth) for below in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            written = str(value)
        except ValueError:  # more digits than Python writes
            return change("?")
        changed = change(written)
        return value if changed == written else changed
    return value


def _rebuild_string(value: str, change: Change, depth: int) -> Json:
    decoded = decode_json(value) if depth < _MAX_DEPTH else None
    if decoded is None:
        return change(value)
    before: list[str] = []
    after: list[str] = []

    def watch(text: str) -> str:
        changed = change(text)
        before.append(text)
        after.append(changed)
        return changed

    rebuilt = _rebuild(decoded, watch, depth + 1)
    return value if before == after else json.dumps(rebuilt, ensure_ascii=False)
