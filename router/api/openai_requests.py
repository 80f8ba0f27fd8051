"""OpenAI's dialect → InferenceRequest. Pure; the other way needs nothing, it is spoken inside."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import ValidationError

from router.api.openai_schema import ChatRequest, CompletionRequest, EmbeddingRequest
from router.domain import DataClass, Endpoint, Headers, InferenceRequest, JsonObject
from router.errors import InvalidRequest

SCHEMAS: dict[Endpoint, type[ChatRequest | CompletionRequest | EmbeddingRequest]] = {
    Endpoint.CHAT: ChatRequest,
    Endpoint.COMPLETIONS: CompletionRequest,
    Endpoint.EMBEDDINGS: EmbeddingRequest,
}

DATA_CLASS_HEADER = "x-ringfence-data-class"
STRICT_HEADER = "x-ringfence-strict"
SUBJECT_HEADER = "x-ringfence-subject"
STAKES_HEADER = "x-ringfence-stakes"
MAX_SUBJECT_CHARACTERS = 256


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
