"""Scanning texts that are all there: whole answers, and what a stream has kept until its end."""

from __future__ import annotations

from collections.abc import Sequence

from router.domain import Endpoint, InferenceRequest, Json, JsonObject, OutputAction
from router.errors import AnswerStopped, DetectionFailed
from router.privacy.extract import extract
from router.privacy.output.json_text import JsonText
from router.privacy.output.mask import Hit
from router.privacy.output.said import (
    bare_choice,
    bare_event,
    choices_of,
    texts_in,
    with_texts,
)
from router.privacy.output.scanner import STOPPED, UNDETERMINED, Scanner
from router.privacy.output.window import Window

_SPOKEN = ("message", "text")


def wants_json(request: InferenceRequest) -> bool:
    """Whether the client is going to parse the content, so that a mask has to leave it JSON."""
    wanted = request.body.get("response_format")
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    return request.endpoint is Endpoint.CHAT and kind not in (None, "text")


def is_json_place(place: str, *, json_content: bool) -> bool:
    """Whether clients parse what stands there."""
    field = place.rpartition(".")[2]
    return field == "arguments" or (json_content and field == "content")


async def clean(
    texts: Sequence[tuple[str, str]], scanner: Scanner, action: OutputAction, *, json_content: bool
) -> list[str]:
    """Each of these texts (place, text) as it may go out. Raises AnswerStopped.

    With `record` the texts come back as they are, and nothing is raised.
    """
    cleaned: list[str] = []
    for place, text in texts:
        as_json = _as_json(text) if is_json_place(place, json_content=json_content) else None
        if as_json is None:
            cleaned.append(await _clean_text(text, scanner, action))
        else:
            hits = await _hits(as_json.texts, scanner, action)
            scanner.count(_types(hits))
            cleaned.append(as_json.masked(hits) if action is OutputAction.MASK else text)
    return cleaned


async def clean_answer(
    event: JsonObject, scanner: Scanner, action: OutputAction, *, json_content: bool
) -> JsonObject:
    """A whole answer as it may go out. Raises AnswerStopped."""
    choices = choices_of(event)
    if any(extract({"message": choice.get("message")}).unscannable for choice in choices):
        scanner.undetermined()
        if action is not OutputAction.RECORD:
            raise AnswerStopped(UNDETERMINED)
    said: list[JsonObject] = [
        {key: choice[key] for key in _SPOKEN if key in choice} for choice in choices
    ]
    texts = list(texts_in(list(said)))
    cleaned = await clean(texts, scanner, action, json_content=json_content)
    if action is OutputAction.RECORD:
        return event
    spoken = with_texts(list(said), iter(cleaned))
    rewritten: list[Json] = [
        bare_choice(choice) | words
        for choice, words in zip(choices, spoken if isinstance(spoken, list) else [], strict=True)
        if isinstance(words, dict)
    ]
    return bare_event(event) | {"choices": rewritten}


async def _clean_text(text: str, scanner: Scanner, action: OutputAction) -> str:
    """Through the window that streams go through, so that the two never differ."""
    window, parts = Window(), []
    window.add(text)
    while window.held:
        (hits,) = await _hits([window.view()], scanner, action)
        settled = window.settle(hits, final=True)
        scanner.count(settled.entity_types)
        parts.append(settled.text)
    return "".join(parts) if action is OutputAction.MASK else text


async def _hits(texts: Sequence[str], scanner: Scanner, action: OutputAction) -> list[list[Hit]]:
    if action is OutputAction.RECORD:
        try:
            return await scanner.scan(texts)
        except DetectionFailed:
            return [[] for _ in texts]
    hits = await scanner.scan_or_stop(texts)
    if action is OutputAction.STOP and any(hits):
        scanner.count(_types(hits))
        raise AnswerStopped(STOPPED)
    return hits


def _types(hits: Sequence[Sequence[Hit]]) -> list[str]:
    """One of each thing found: the whole of a JSON text and its values show the same things."""
    first = [hit.entity_type for hit in hits[0]] if hits else []
    others = [hit.entity_type for each in hits[1:] for hit in each]
    types: list[str] = []
    for entity_type in sorted({*first, *others}):
        types += [entity_type] * max(first.count(entity_type), others.count(entity_type))
    return types


def _as_json(text: str) -> JsonText | None:
    try:
        return JsonText(text)
    except ValueError:
        return None
