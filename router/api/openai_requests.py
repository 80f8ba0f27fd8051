"""OpenAI's dialect → InferenceRequest. Pure; the other way needs nothing, it is spoken inside."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

from pydantic import ValidationError

from router.api.openai_schema import ChatRequest, CompletionRequest, EmbeddingRequest
from router.domain import DataClass, Endpoint, Headers, InferenceRequest, JsonObject
from router.errors import InvalidRequest
from router.task import Preference, Task

T = TypeVar("T")

SCHEMAS: dict[Endpoint, type[ChatRequest | CompletionRequest | EmbeddingRequest]] = {
    Endpoint.CHAT: ChatRequest,
    Endpoint.COMPLETIONS: CompletionRequest,
    Endpoint.EMBEDDINGS: EmbeddingRequest,
}

DATA_CLASS_HEADER = "x-ringfence-data-class"
STRICT_HEADER = "x-ringfence-strict"
SUBJECT_HEADER = "x-ringfence-subject"
STAKES_HEADER = "x-ringfence-stakes"
TASK_HEADER = "x-ringfence-task"
PREFER_HEADER = "x-ringfence-prefer"
MAX_LATENCY_HEADER = "x-ringfence-max-latency-ms"
CASCADE_HEADER = "x-ringfence-cascade"
MAX_SUBJECT_CHARACTERS = 256
MAX_LATENCY_MS = 600_000
_CASCADE = {"allow": True, "never": False}


def parse_request(
    body: JsonObject,
    headers: Headers,
    *,
    endpoint: Endpoint,
    request_id: str,
    private_only: bool,
    known_stakes: Collection[str] = (),
) -> InferenceRequest:
    """`known_stakes` are the policy's, of which a caller may declare one.

    Raises InvalidRequest naming the first field that is wrong, and never its value (I6).
    """
    schema = SCHEMAS[endpoint]
    try:
        parsed = schema.model_validate(body)
    except ValidationError as error:
        raise _complaint(error) from None
    return InferenceRequest(
        request_id=request_id,
        endpoint=endpoint,
        body=body,
        choice=parsed.model,
        stream=bool(getattr(parsed, "stream", False)),
        private_only=private_only,
        declared_class=_declared_class(headers),
        unknown_fields=frozenset(parsed.model_extra or ()),
        reject_unknown_fields=_is_strict(headers),
        subject=_subject(headers),
        stakes=_stakes(headers, known_stakes),
        task=_one_of(headers, TASK_HEADER, {task.value: task for task in Task}),
        prefer=_one_of(headers, PREFER_HEADER, {each.value: each for each in Preference}),
        max_latency_ms=_max_latency_ms(headers),
        cascade=_one_of(headers, CASCADE_HEADER, _CASCADE),
    )


def _is_strict(headers: Headers) -> bool:
    said = headers.get(STRICT_HEADER, "false").lower()
    if said not in ("true", "false"):
        raise InvalidRequest(f"{STRICT_HEADER} must be true or false.")
    return said == "true"


def _declared_class(headers: Headers) -> DataClass | None:
    label = headers.get(DATA_CLASS_HEADER)
    if label is None:
        return None
    labels = [data_class.label for data_class in DataClass]
    if label not in labels:
        raise InvalidRequest(f"{DATA_CLASS_HEADER} must be one of {', '.join(labels)}.")
    return DataClass.from_label(label)


def _subject(headers: Headers) -> str | None:
    subject = headers.get(SUBJECT_HEADER)
    if subject is None:
        return None
    if not 1 <= len(subject) <= MAX_SUBJECT_CHARACTERS or not subject.isprintable():
        raise InvalidRequest(
            f"{SUBJECT_HEADER} must be 1 to {MAX_SUBJECT_CHARACTERS} printable characters."
        )
    return subject


def _stakes(headers: Headers, known: Collection[str]) -> str | None:
    name = headers.get(STAKES_HEADER)
    if name is None or name in known:
        return name
    if not known:
        raise InvalidRequest(f"{STAKES_HEADER} names none: the policy knows no stakes.")
    raise InvalidRequest(f"{STAKES_HEADER} must be one of {', '.join(known)}.")


def _one_of(headers: Headers, header: str, known: Mapping[str, T]) -> T | None:
    """What a header says, None where it is not there."""
    said = headers.get(header)
    if said is None:
        return None
    if said not in known:
        raise InvalidRequest(f"{header} must be one of {', '.join(known)}.")
    return known[said]


def _max_latency_ms(headers: Headers) -> int | None:
    said = headers.get(MAX_LATENCY_HEADER)
    if said is None:
        return None
    is_number = said.isascii() and said.isdigit() and len(said) <= len(str(MAX_LATENCY_MS))
    if not is_number or not 1 <= int(said) <= MAX_LATENCY_MS:
        raise InvalidRequest(
            f"{MAX_LATENCY_HEADER} must be whole milliseconds from 1 to {MAX_LATENCY_MS}."
        )
    return int(said)


def _complaint(error: ValidationError) -> InvalidRequest:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    # Where a value may have several types, pydantic names the types too; only places are wanted,
    # and a place that the client named (a key of an object) could be content.
    known = {name for schema in SCHEMAS.values() for name in schema.model_fields}
    known |= {"role", "content", "type", "text", "function", "name", "arguments", "id"}
    known |= {"tool_calls", "tool_call_id", "include_usage"}
    place = ".".join(
        str(part) for part in first["loc"] if isinstance(part, int) or str(part) in known
    )
    message = first["msg"].removeprefix("Value error, ")
    return InvalidRequest(f"{place or 'body'}: {message}", param=place or None)
