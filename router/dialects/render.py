"""From the one dialect that is spoken inside to the bytes that one backend is sent."""

from __future__ import annotations

from router.dialects import anthropic, openai
from router.dialects.wire import Rendered
from router.domain import Dialect, InferenceRequest, ModelSpec

__all__ = ["Rendered", "render"]


def render(request: InferenceRequest, model: ModelSpec, *, cache_salt: str) -> Rendered:
    """`cache_salt` separates tenants in the prefix cache of our own engines and goes no further."""
    match model.dialect:
        case Dialect.OPENAI:
            salt = cache_salt if model.origin is None else None
            return openai.render(request, model, cache_salt=salt)
        case Dialect.ANTHROPIC:
            return anthropic.render(request, model)
