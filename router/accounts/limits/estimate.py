"""What a request may take and cost, before anybody has counted its tokens. Pure.

An estimate is a bound for what is likely, not for what is possible: `admission.py` says what
follows for budgets where it was too low.
"""

from __future__ import annotations

import math
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from router.dialects.anthropic import DEFAULT_MAX_TOKENS
from router.domain import Endpoint, InferenceRequest, Json, JsonObject, ModelSpec, Usage
from router.policy.requirements import Requirements, requirements_of

DEFAULT_OUTPUT_TOKENS = DEFAULT_MAX_TOKENS
"""Of an answer whose length nobody limited: what is asked of a provider that wants a limit."""

REQUEST_OVERHEAD_TOKENS = 64
"""What a chat template or a provider puts around the messages."""

TOOLS_OVERHEAD_TOKENS = 512
"""What it says about tools beside their definitions."""

_MAX_COUNT = 2**31
"""Where nobody checks a field, there may be any number in it."""

_PIECE_CHARACTERS = 64 * 1024
"""Other threads stand still while one of these is counted, and not while a text of 10 MB is."""

_WORDS = string.ascii_lowercase.encode() + b" \t\r\n"
_NOT_ASCII = bytes(range(0x80, 0x100))


@dataclass(frozen=True, slots=True)
class Asked:
    """All that admission reads out of a body: tokens of its input, and what a model must be able
    to do.
    """

    input_tokens: int
    requirements: Requirements


def asked_of(request: InferenceRequest) -> Asked:
    """Reads the whole body: some 40 ms for 10 MB."""
    return Asked(input_tokens_of(request), requirements_of(request))


def estimate(request: InferenceRequest, model: ModelSpec, input_tokens: int) -> Usage:
    """What `model` may take: `input_tokens` as below, and the longest answer that is asked for.

    An answer has at most `max_completion_tokens` or `max_tokens` and never more than the model's
    context; where neither is given, DEFAULT_OUTPUT_TOKENS. It is written once for each of `n` (or
    `best_of`) and of several prompts.
    """
    context_tokens = model.context_tokens
    if request.endpoint is Endpoint.EMBEDDINGS:
        return Usage(input_tokens, 0)
    if request.endpoint is Endpoint.CHAT:
        input_tokens = min(input_tokens, context_tokens)
    body = request.body
    asked = max(_count(body, "max_tokens"), _count(body, "max_completion_tokens"))
    answer_tokens = min(asked or DEFAULT_OUTPUT_TOKENS, context_tokens)
    choices = max(_count(body, "n"), _count(body, "best_of"), 1)
    prompt = body.get("prompt")
    prompts = len(prompt) if isinstance(prompt, list) else 1
    return Usage(input_tokens, answer_tokens * choices * prompts)


def input_tokens_of(request: InferenceRequest) -> int:
    """Of the whole body, keys included, since templates put words around what is sent.

    2 tokens for every 5 small letters or spaces, 2 for every 3 bytes of other scripts, and one for
    every other character: digits, signs and capitals often are tokens of their own. With the
    tokenizer of SmolLM2, whose vocabulary is small (49,152), that was 1.1 to 1.9 times the tokens
    of code, JSON and prose in five languages, and 0.9 times those of emoji, base64 and numbers.
    """
    words, wide, others = _characters(request.body)
    overhead = REQUEST_OVERHEAD_TOKENS
    if request.body.get("tools") or request.body.get("functions"):
        overhead += TOOLS_OVERHEAD_TOKENS
    if request.endpoint is Endpoint.EMBEDDINGS:
        overhead = 0
    return math.ceil(words * 2 / 5 + wide * 2 / 3) + others + overhead


def text_tokens(pieces: Iterable[str]) -> int:
    """Of what was written in so many pieces, by the same measure."""
    words, wide, others = _characters(list(pieces))
    return math.ceil(words * 2 / 5 + wide * 2 / 3) + others


def _characters(said: Json) -> tuple[int, int, int]:
    """Small letters and spaces, bytes of what is not ASCII, and all other characters."""
    words = wide = others = 0
    texts: list[str] = []
    rest: list[Json] = [said]
    while rest:
        item = rest.pop()
        if isinstance(item, str):
            texts.append(item)
        elif isinstance(item, list):
            rest.extend(item)
        elif isinstance(item, dict):
            texts.extend(item.keys())
            rest.extend(item.values())
        else:
            others += 1  # a number or a truth value, in a tool's schema
    # Together: most bodies hold many short texts, each of which would take as long as all of them.
    for piece in _pieces("".join(texts)):
        text = piece.encode("utf-8", "surrogatepass")
        ascii_text = text.translate(None, _NOT_ASCII)
        no_words = len(ascii_text.translate(None, _WORDS))
        words += len(ascii_text) - no_words
        wide += len(text) - len(ascii_text)
        others += no_words
    return words, wide, others


def _pieces(text: str) -> Iterator[str]:
    for begin in range(0, len(text), _PIECE_CHARACTERS):
        yield text[begin : begin + _PIECE_CHARACTERS]


def _count(body: JsonObject, name: str) -> int:
    value = body.get(name)
    return min(value, _MAX_COUNT) if isinstance(value, int) and not isinstance(value, bool) else 0
