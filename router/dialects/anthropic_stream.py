"""Anthropic's event stream as OpenAI's `chat.completion.chunk` objects. No I/O, no clock."""

from __future__ import annotations

from router.dialects.anthropic import FINISH_REASONS, usage_from_anthropic
from router.dialects.wire import object_at, text_at
from router.domain import Json, JsonObject


class ChunkTranslator:
    """Fed the events of one stream in order; says which chunks each of them means.

    The role comes first, then content and tool calls as they grow, the finish reason, and last a
    chunk with the usage and no choices. `finished` is true once the stream has said its end.
    """

    def __init__(self, *, created_s: int = 0) -> None:
        self._created_s = created_s
        self._id = ""
        self._model = ""
        self._usage: JsonObject = {}
        self._tool_index = -1
        self._tool_is_open = False
        self._arguments_seen = False
        self.finished = False

    def chunks(self, event: JsonObject) -> list[JsonObject]:
        """Unknown events mean nothing: Anthropic adds some, and says so."""
        match event.get("type"):
            case "message_start":
                return self._start(object_at(event, "message"))
            case "content_block_start":
                return self._open_block(object_at(event, "content_block"))
            case "content_block_delta":
                return self._grow_block(object_at(event, "delta"))
            case "content_block_stop":
                return self._close_block()
            case "message_delta":
                self._usage |= _counts(object_at(event, "usage"))
                reason = text_at(object_at(event, "delta"), "stop_reason")
                return [self._chunk({}, FINISH_REASONS.get(reason, "stop"))] if reason else []
            case "message_stop":
                self.finished = True
                usage = usage_from_anthropic(self._usage)
                return [{**self._envelope(), "choices": [], "usage": usage}]
            case _:
                return []

    def _start(self, message: JsonObject) -> list[JsonObject]:
        self._id, self._model = text_at(message, "id"), text_at(message, "model")
        self._usage = _counts(object_at(message, "usage"))
        return [self._chunk({"role": "assistant", "content": ""})]

    def _open_block(self, block: JsonObject) -> list[JsonObject]:
        if block.get("type") == "tool_use":
            self._tool_index += 1
            self._tool_is_open, self._arguments_seen = True, False
            name = text_at(block, "name")
            return [self._tool_chunk({"name": name, "arguments": ""}, text_at(block, "id"))]
        text = text_at(block, "text") if block.get("type") == "text" else ""
        return [self._chunk({"content": text})] if text else []

    def _grow_block(self, delta: JsonObject) -> list[JsonObject]:
        match delta.get("type"):
            case "text_delta":
                return [self._chunk({"content": text_at(delta, "text")})]
            case "input_json_delta" if text_at(delta, "partial_json"):
                self._arguments_seen = True
                return [self._tool_chunk({"arguments": text_at(delta, "partial_json")})]
            case _:
                return []

    def _close_block(self) -> list[JsonObject]:
        was_tool, self._tool_is_open = self._tool_is_open, False
        # A tool without arguments streams none, and clients parse what they were given.
        return (
            [self._tool_chunk({"arguments": "{}"})] if was_tool and not self._arguments_seen else []
        )

    def _tool_chunk(self, function: JsonObject, call_id: str | None = None) -> JsonObject:
        call: JsonObject = {"index": self._tool_index, "function": function}
        if call_id is not None:
            call |= {"id": call_id, "type": "function"}
        return self._chunk({"tool_calls": [call]})

    def _chunk(self, delta: JsonObject, finish_reason: str | None = None) -> JsonObject:
        choice: Json = {
            "index": 0,
            "delta": delta,
            "logprobs": None,
            "finish_reason": finish_reason,
        }
        return {**self._envelope(), "choices": [choice]}

    def _envelope(self) -> JsonObject:
        return {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": self._created_s,
            "model": self._model,
        }


def _counts(usage: JsonObject) -> JsonObject:
    """Later events repeat some counts and hold null for others: only what is counted, counts."""
    return {name: value for name, value in usage.items() if isinstance(value, int)}
