"""The whole of an answer, read out of its events. In memory only (I6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from router.dialects.wire import count_at, object_at, objects_at, text_at
from router.domain import Json, JsonObject, Usage

_MAX_TOKENS = 2**40


@dataclass(frozen=True, slots=True)
class ToolCall:
    """`arguments` as the model wrote them, JSON or not."""

    name: str = field(repr=False)
    arguments: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """`logprob` in nats; `alternatives` are tokens that could have stood there, itself included."""

    logprob: float
    alternatives: tuple[tuple[str, float], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Collected:
    """One choice of a chat answer. `usage` is None where the backend did not report any."""

    text: str = field(default="", repr=False)
    refusal: str = field(default="", repr=False)
    calls: tuple[ToolCall, ...] = field(default=(), repr=False)
    finish_reason: str | None = None
    logprobs: tuple[TokenLogprob, ...] = field(default=(), repr=False)
    usage: Usage | None = None


def collect(events: Iterable[JsonObject]) -> Collected:
    """The first choice of one `chat.completion`, or of all chunks of a stream."""
    text: list[str] = []
    refusal: list[str] = []
    calls: dict[int, list[str]] = {}
    logprobs: list[TokenLogprob] = []
    finish_reason: str | None = None
    usage: Usage | None = None
    for event in events:
        usage = _usage(event) or usage
        for position, choice in enumerate(objects_at(event, "choices")):
            if choice.get("index", position) != 0:
                continue
            said = object_at(choice, "message") or object_at(choice, "delta")
            text.append(text_at(said, "content"))
            refusal.append(text_at(said, "refusal"))
            for number, call in enumerate(objects_at(said, "tool_calls")):
                function = object_at(call, "function")
                index = call.get("index", number)
                parts = calls.setdefault(index if isinstance(index, int) else number, ["", ""])
                parts[0] += text_at(function, "name")
                parts[1] += text_at(function, "arguments")
            logprobs += _logprobs(choice)
            finish_reason = text_at(choice, "finish_reason") or finish_reason
    return Collected(
        text="".join(text),
        refusal="".join(refusal),
        calls=tuple(ToolCall(name, arguments) for name, arguments in calls.values()),
        finish_reason=finish_reason,
        logprobs=tuple(logprobs),
        usage=usage,
    )


def without_logprobs(event: JsonObject) -> JsonObject:
    """The event as whoever did not ask for log-probabilities gets it."""
    choices = event.get("choices")
    if not isinstance(choices, list):
        return event
    return event | {
        "choices": [
            choice | {"logprobs": None}
            if isinstance(choice, dict) and "logprobs" in choice
            else choice
            for choice in choices
        ]
    }


def _usage(event: JsonObject) -> Usage | None:
    usage = event.get("usage")
    if not isinstance(usage, dict):
        return None
    return Usage(
        min(count_at(usage, "prompt_tokens"), _MAX_TOKENS),
        min(count_at(usage, "completion_tokens"), _MAX_TOKENS),
    )


def _logprobs(choice: JsonObject) -> list[TokenLogprob]:
    found = []
    for token in objects_at(object_at(choice, "logprobs"), "content"):
        logprob = _number(token.get("logprob"))
        if logprob is None:
            continue
        alternatives = tuple(
            (text_at(other, "token"), number)
            for other in objects_at(token, "top_logprobs")
            if (number := _number(other.get("logprob"))) is not None
        )
        found.append(TokenLogprob(logprob, alternatives))
    return found


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
