"""Request bodies that tests send, and texts whose data class is known."""

from __future__ import annotations

from typing import Any

HARMLESS = "Name three rivers of Europe."
CONFIDENTIAL = "Please write to jane.roe@example.com about it."
RESTRICTED = "The patient's number is 123-45-6789."
SENSITIVE = (CONFIDENTIAL, RESTRICTED)

CHAT, COMPLETIONS, EMBEDDINGS = "/v1/chat/completions", "/v1/completions", "/v1/embeddings"

CHOICES = (
    "auto",
    "fast",
    "balanced",
    "reasoning",
    "private",
    "openai-model",
    "openai-model@1",
    "anthropic-model",
    "fast-model",
    "private-model",
)
"""Everything that a client can say in `model`, ids and versions included."""


def chat(text: str = HARMLESS, model: str = "auto", **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def completion(text: str = HARMLESS, model: str = "auto", **more: Any) -> dict[str, Any]:
    return {"model": model, "prompt": text, **more}


def embedding(text: str = HARMLESS, model: str = "embedding-model", **more: Any) -> dict[str, Any]:
    return {"model": model, "input": text, **more}
