"""What reasons say of a cheaper model: that it is tried first, or why it is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from router.domain import Tier

_FAMILY = "cascade:"
_BEFORE = ">"

DECLINED = "cascade:declined"
STAKES = "cascade:stakes"
TOOLS = "cascade:tools"
TOOL_LOOP = "cascade:tool_loop"
STREAM = "cascade:stream"
SEVERAL_CHOICES = "cascade:several_choices"
CONVERSATION = "cascade:conversation"
ESCALATED_BEFORE = "cascade:escalated_before"
UNCERTIFIED = "cascade:uncertified"
NO_LOGPROBS = "cascade:no_logprobs"
NO_JUDGE = "cascade:no_judge"

WORDS: Mapping[str, str] = {
    DECLINED: "its caller would not have it",
    STAKES: "it has stakes",
    TOOLS: "it has tools, and its caller did not allow it",
    TOOL_LOOP: "it is in a tool loop",
    STREAM: "it is a stream, and neither its caller nor the policy allows to hold it",
    SEVERAL_CHOICES: "it asks for several answers at once",
    CONVERSATION: "its conversation is another model's",
    ESCALATED_BEFORE: "a cheaper answer was not good enough in its conversation before",
    UNCERTIFIED: "no certificate holds for these models and this task on this day",
    NO_LOGPROBS: "the cheaper model tells no log-probabilities",
    NO_JUDGE: "the judge may not see it",
}
"""Of each code why no cheaper model is tried."""


def tried(cheap: Tier, strong: Tier) -> str:
    """The code of a cascade of these tiers."""
    return f"{_FAMILY}{cheap}{_BEFORE}{strong}"


def is_tried(code: str | None) -> bool:
    return code is not None and _BEFORE in code


def code_among(reasons: Iterable[str]) -> str | None:
    """What a decision's reasons say of it; None where no pair of tiers was about the request."""
    return next((reason for reason in reasons if reason.startswith(_FAMILY)), None)
