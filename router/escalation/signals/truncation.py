"""Whether an answer ends before it has come to its end."""

from __future__ import annotations

from router.dialects.wire import count_at
from router.domain import JsonObject
from router.escalation.collected import Collected


def is_truncated(answer: Collected, body: JsonObject) -> bool:
    """Cut off, and not by a limit of the client's own: that would cut another answer as well."""
    if answer.finish_reason != "length":
        return False
    limit = count_at(body, "max_completion_tokens") or count_at(body, "max_tokens")
    if not limit:
        return True
    return answer.usage is not None and answer.usage.output_tokens < limit
