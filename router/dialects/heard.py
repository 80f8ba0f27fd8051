"""What a model has said so far, in the dialect that is spoken inside; read, and not judged."""

from __future__ import annotations

from collections.abc import Iterable

from router.dialects.wire import count_at, objects_at
from router.domain import Json, JsonObject, Usage

# Words of the dialect, and names that the request has brought.
_NOT_SAID = frozenset({"role", "type", "id", "index", "name"})
_MAX_TOKENS = 2**40
"""A provider's word, which the record has to have room for."""


class Heard:
    """Grows event by event: one whole answer, or the chunks of a stream. In memory only (I6)."""

    def __init__(self, events: Iterable[JsonObject] = ()) -> None:
        self._parts: dict[str, list[str]] = {}
        self.piece_count = 0
        """How many there are in `pieces`, which is not asked for every chunk."""
        self.usage: Usage | None = None
        """What it took, as the backend says; None while it has not said so, or has said nothing."""
        for event in events:
            self.hear(event)

    @property
    def texts(self) -> tuple[str, ...]:
        """Each choice's text, each tool call's arguments, and what else was said."""
        return tuple(text for parts in self._parts.values() if (text := "".join(parts)))

    @property
    def pieces(self) -> tuple[str, ...]:
        """The same as it came."""
        return tuple(piece for parts in self._parts.values() for piece in parts)

    def hear(self, event: JsonObject) -> None:
        said = event.get("usage")
        if isinstance(said, dict):
            usage = Usage(_tokens(said, "prompt_tokens"), _tokens(said, "completion_tokens"))
            self.usage = self.usage if usage == Usage() else usage
        for position, choice in enumerate(objects_at(event, "choices")):
            index = choice.get("index", position)
            for spoken in ("text", "message", "delta"):
                self._hear(f"{index}.{spoken}", choice.get(spoken))

    def _hear(self, slot: str, value: Json) -> None:
        """Adds every string below `value` to what was said in its place, whatever its field is."""
        if isinstance(value, str) and value:
            self._parts.setdefault(slot, []).append(value)
            self.piece_count += 1
        elif isinstance(value, dict):
            for key, below in value.items():
                if key not in _NOT_SAID:
                    self._hear(f"{slot}.{key}", below)
        elif isinstance(value, list):
            for position, below in enumerate(value):
                index = below.get("index", position) if isinstance(below, dict) else position
                self._hear(f"{slot}.{index}", below)


def _tokens(usage: JsonObject, name: str) -> int:
    return min(count_at(usage, name), _MAX_TOKENS)
