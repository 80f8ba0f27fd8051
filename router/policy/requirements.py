"""What a request needs of a model, read from its body, and which models of a plan have it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from router.domain import (
    Capability,
    Endpoint,
    Exclusion,
    InferenceRequest,
    Json,
    JsonObject,
    PlanStep,
)
from router.errors import MissingCapability

CONTEXT_TOO_SHORT = "context_too_short"

_CHARACTERS_PER_TOKEN = 8
_ENDPOINT_CAPABILITY = {
    Endpoint.CHAT: Capability.CHAT,
    Endpoint.COMPLETIONS: Capability.COMPLETIONS,
    Endpoint.EMBEDDINGS: Capability.EMBEDDINGS,
}
_PART_CAPABILITY = {
    "image_url": Capability.IMAGES,
    "input_image": Capability.IMAGES,
    "input_audio": Capability.AUDIO,
}


@dataclass(frozen=True, slots=True)
class Requirements:
    """`min_tokens` is a lower bound for the context length: prompt and requested answer."""

    capabilities: frozenset[Capability]
    min_tokens: int


def requirements_of(request: InferenceRequest) -> Requirements:
    """What the body asks for.

    `min_tokens` is the non-space characters of the prompt over 8, rounded down, and the
    `max_tokens` or `max_completion_tokens` asked for. Tokenizers average about 4 characters of
    prose a token and hardly ever reach 8 (long runs of one character do); a bound that is too low
    costs one rejected attempt, one that is too high refuses what could be served. Of several
    prompts or inputs the longest counts; token ids count themselves; images and other parts
    nothing. An answer's length is counted at its maximum because engines refuse what might not fit.
    """
    body = request.body
    needs = {_ENDPOINT_CAPABILITY[request.endpoint], *_asked(body), *_parts(body)}
    return Requirements(frozenset(needs), _prompt_tokens(request) + _answer_tokens(body))


def capable(
    plan: tuple[PlanStep, ...], requirements: Requirements
) -> tuple[tuple[PlanStep, ...], tuple[Exclusion, ...]]:
    """The steps whose model can do it, in order, and why each other one cannot.

    Raises MissingCapability where a plan that had steps has none left.
    """
    able: list[PlanStep] = []
    lacking: list[Exclusion] = []
    for step in plan:
        missing = sorted(requirements.capabilities - step.model.capabilities)
        codes = [f"lacks:{capability}" for capability in missing]
        if step.model.context_tokens < requirements.min_tokens:
            codes.append(CONTEXT_TOO_SHORT)
        lacking.extend(Exclusion(step.model.key, code) for code in codes)
        if not codes:
            able.append(step)
    if plan and not able:
        raise _missing(plan, requirements, lacking)
    return tuple(able), tuple(lacking)


def _asked(body: JsonObject) -> Iterator[Capability]:
    messages = [message for message in _list(body.get("messages")) if isinstance(message, dict)]
    if (
        body.get("tools")
        or body.get("functions")
        or any(
            message.get("tool_calls") or message.get("role") in ("tool", "function")
            for message in messages
        )
    ):
        yield Capability.TOOLS
    response_format = body.get("response_format")
    # Whoever can follow a schema can write any JSON, and nobody else promises it.
    if isinstance(response_format, dict) and response_format.get("type") in (
        "json_schema",
        "json_object",
    ):
        yield Capability.JSON_SCHEMA
    # In completions a number asks for them, 0 included; in chat `true` does.
    logprobs = body.get("logprobs")
    if (logprobs is not None and logprobs is not False) or _number(body.get("top_logprobs")) > 0:
        yield Capability.LOGPROBS
    if any(_number(body.get(key)) > 1 for key in ("n", "best_of")):
        yield Capability.MULTIPLE_CHOICES
    if body.get("seed") is not None:
        yield Capability.SEED
    if body.get("audio") is not None or "audio" in _list(body.get("modalities")):
        yield Capability.AUDIO
    if any(message.get("audio") for message in messages):
        yield Capability.AUDIO


def _parts(body: JsonObject) -> Iterator[Capability]:
    for message in _list(body.get("messages")):
        if not isinstance(message, dict):
            continue
        for part in _list(message.get("content")):
            kind = part.get("type") if isinstance(part, dict) else None
            if not isinstance(part, str) and kind not in ("text", "refusal"):
                # An unknown part can be anything, so it needs what fewest models have.
                yield _PART_CAPABILITY.get(str(kind), Capability.FILES)


def _prompt_tokens(request: InferenceRequest) -> int:
    match request.endpoint:
        case Endpoint.CHAT:
            return _chat_tokens(request.body)
        case Endpoint.COMPLETIONS:
            return _input_tokens(request.body.get("prompt"))
        case Endpoint.EMBEDDINGS:
            return _input_tokens(request.body.get("input"))


def _chat_tokens(body: JsonObject) -> int:
    characters = sum(
        _characters(body.get(key)) for key in ("tools", "functions", "response_format")
    )
    for message in _list(body.get("messages")):
        if isinstance(message, dict):
            characters += _characters(message.get("tool_calls"))
            content = message.get("content")
            characters += _characters(content) if isinstance(content, str) else 0
            for part in _list(content):
                text = part.get("text") if isinstance(part, dict) else part
                characters += _characters(text) if isinstance(text, str) else 0
    return characters // _CHARACTERS_PER_TOKEN


def _input_tokens(value: Json) -> int:
    """Of a text, texts, token ids, or lists of token ids."""
    if not isinstance(value, list):
        return _characters(value) // _CHARACTERS_PER_TOKEN
    if any(isinstance(item, int) for item in value):
        return len(value)
    return max(
        (
            len(item) if isinstance(item, list) else _characters(item) // _CHARACTERS_PER_TOKEN
            for item in value
        ),
        default=0,
    )


def _characters(value: Json) -> int:
    """Characters of all texts, keys included, without spaces, which tokens hold by the dozen."""
    total, rest = 0, [value]
    while rest:
        item = rest.pop()
        if isinstance(item, str):
            total += len(item) - item.count(" ")
        elif isinstance(item, list):
            rest.extend(item)
        elif isinstance(item, dict):
            rest.extend(item.keys())
            rest.extend(item.values())
    return total


def _answer_tokens(body: JsonObject) -> int:
    return max(0, *(_number(body.get(key)) for key in ("max_tokens", "max_completion_tokens")))


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _number(value: Json) -> int:
    return value if isinstance(value, int) else 0


def _missing(
    plan: tuple[PlanStep, ...], requirements: Requirements, lacking: list[Exclusion]
) -> MissingCapability:
    parts = []
    for step in plan:
        codes = [item.code for item in lacking if item.model == step.model.key]
        words = [code.removeprefix("lacks:") for code in codes if code != CONTEXT_TOO_SHORT]
        if CONTEXT_TOO_SHORT in codes:
            words.append(
                f"a context of at least {requirements.min_tokens} tokens "
                f"(it has {step.model.context_tokens})"
            )
        parts.append(f"{step.model.key} lacks {', '.join(words)}")
    return MissingCapability(
        "No model that may see this request can do what it asks: "
        f"{'; '.join(parts)}. Leave that out, or ask for another choice."
    )
