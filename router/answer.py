"""An answer on its way back: read for the record, shown to the client, its end held back."""

from __future__ import annotations

from collections.abc import Iterator

from router.dialects.wire import count_at
from router.domain import InferenceRequest, Json, JsonObject, ModelSpec, Usage

# Words of the dialect, and names that the request has brought.
_NOT_SAID = frozenset({"role", "type", "id", "index", "name"})
_MAX_TOKENS = 2**40


class Answer:
    """Takes what the backend sends, piece by piece, in OpenAI's dialect.

    `texts` are in memory only (I6). What ends the answer (the whole of one that is not streamed,
    the finish and usage chunks of a stream) goes to `held` until the record is durable (I5).
    """

    def __init__(self, request: InferenceRequest, model: ModelSpec) -> None:
        self._request = request
        self._model = model
        options = request.body.get("stream_options")
        self._wants_usage = isinstance(options, dict) and options.get("include_usage") is True
        self._parts: dict[str, list[str]] = {}
        self.is_empty = True
        self.usage = Usage()
        self.held: list[JsonObject] = []

    @property
    def cost_nano_usd(self) -> int:
        return self._model.price.cost_nano_usd(self.usage)

    @property
    def texts(self) -> tuple[str, ...]:
        """What was said so far: each choice's text, each tool call's arguments, and what else."""
        return tuple(text for parts in self._parts.values() if (text := "".join(parts)))

    def take(self, event: JsonObject) -> Iterator[JsonObject]:
        """Reads one event and yields what of it may go to the client now."""
        self._read(event)
        shown = self._present(event)
        if shown is None:
            return
        if shown.get("choices") or shown.get("data"):
            self.is_empty = False
        if self._is_final(shown):
            self.held.append(shown)
        else:
            yield shown

    def _read(self, event: JsonObject) -> None:
        usage = event.get("usage")
        if isinstance(usage, dict):
            self.usage = Usage(_count(usage, "prompt_tokens"), _count(usage, "completion_tokens"))
        for position, choice in enumerate(_objects(event.get("choices"))):
            index = choice.get("index", position)
            for spoken in ("text", "message", "delta"):
                self._hear(f"{index}.{spoken}", choice.get(spoken))

    def _hear(self, slot: str, value: Json) -> None:
        """Adds every string below `value` to what was said in its place, whatever its field is."""
        if isinstance(value, str) and value:
            self._parts.setdefault(slot, []).append(value)
        elif isinstance(value, dict):
            for key, below in value.items():
                if key not in _NOT_SAID:
                    self._hear(f"{slot}.{key}", below)
        elif isinstance(value, list):
            for position, below in enumerate(value):
                index = below.get("index", position) if isinstance(below, dict) else position
                self._hear(f"{slot}.{index}", below)

    def _present(self, event: JsonObject) -> JsonObject | None:
        if self._request.stream and not self._wants_usage:
            if event.get("usage") and not event.get("choices"):
                return None
            event = {key: value for key, value in event.items() if key != "usage"}
        shown = event | {"model": self._model.key}
        if "id" in shown:
            shown["id"] = public_id(self._request)
        usage = shown.get("usage")
        if isinstance(usage, dict):
            shown["usage"] = usage | {"cost_usd": self.cost_nano_usd / 1e9}
        return shown

    def _is_final(self, event: JsonObject) -> bool:
        if not self._request.stream or event.get("usage"):
            return True
        return any(choice.get("finish_reason") for choice in _objects(event.get("choices")))


def public_id(request: InferenceRequest) -> str:
    """The answer's id holds the request's, so that whoever has the one can ask for the record."""
    prefix = "chatcmpl" if "chat" in request.endpoint.value else "cmpl"
    return f"{prefix}-{request.request_id}"


def _objects(value: Json) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _count(usage: JsonObject, name: str) -> int:
    """A provider's word, which the record has to have room for."""
    return min(count_at(usage, name), _MAX_TOKENS)
