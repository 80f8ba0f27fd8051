"""Keys by which a conversation is recognised when it goes on. Pure; there is no text in them.

A client sends the whole conversation each time: it is the one that begins alike. What begins it is
the system prompt and the first message of the user, under who asks, since two people who begin with
"Hello" have two conversations.
"""

from __future__ import annotations

import hashlib
import hmac

from router.domain import Endpoint, InferenceRequest, Json, JsonObject, Principal
from router.privacy.normalise import canonical_json, collapse_whitespace

PURPOSE = "conversation"
"""Of the tenants' secrets."""

KEY_BYTES = 16
_MAX_CHARACTERS = 64 * 1024
"""Of what begins a conversation; what is longer is told apart by its beginning alone."""


class ConversationKeys:
    """Derives keys. `secret` is the same for all replicas."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def key_of(self, request: InferenceRequest, principal: Principal) -> bytes | None:
        """KEY_BYTES of HMAC-SHA256 under the tenant's own key; None for what is no conversation."""
        if request.endpoint is not Endpoint.CHAT:
            return None
        beginning = _beginning(request.body)
        if beginning is None:
            return None
        line = principal.key_line[0] if principal.key_line else principal.key_id
        said = canonical_json([principal.user or "", line, *beginning])
        tenant_key = hmac.digest(self._secret, principal.team.encode(), hashlib.sha256)
        # Surrogates alone are no text, and clients can write them in JSON.
        text = said.encode("utf-8", "surrogatepass")
        return hmac.digest(tenant_key, text, hashlib.sha256)[:KEY_BYTES]


def _beginning(body: JsonObject) -> list[Json] | None:
    """The system messages before the first one of the user, and that one; None if there is none."""
    messages = body.get("messages")
    begun: list[Json] = []
    for message in messages if isinstance(messages, list) else []:
        role = message.get("role") if isinstance(message, dict) else None
        if not isinstance(message, dict) or role not in ("system", "developer", "user"):
            continue
        begun.append([role, _said(message.get("content"))])
        if role == "user":
            return begun
    return None


def _said(content: Json) -> str:
    """The same for `"a"` and for one content part with `"a"`; what is no text is left out."""
    if isinstance(content, str):
        return collapse_whitespace(content[:_MAX_CHARACTERS])
    pieces: list[str] = []
    left = _MAX_CHARACTERS
    for part in content if isinstance(content, list) else []:
        text = part.get("text") if isinstance(part, dict) else None
        if isinstance(text, str) and left > 0:
            pieces.append(text[:left])
            left -= len(text)
    return collapse_whitespace("\n".join(pieces))
