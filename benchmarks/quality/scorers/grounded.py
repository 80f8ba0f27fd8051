"""An answer that is in the text, and no other; or that it is not there, and nothing made up."""

from __future__ import annotations

from benchmarks.quality.item import Grade, Reply
from benchmarks.quality.scorers.reading import has, plain, texts
from router.domain import JsonObject

_SAYS_ABSENT = (
    "does not say", "doesn't say", "not stated", "not mentioned", "no information", "not specified",
    "not provided", "cannot be determined",
)  # fmt: skip


def score(target: JsonObject, reply: Reply) -> Grade:
    """`answer` is the right one, None where there is none; `others` are wrong ones that the text
    has, `absent` are words for its not being there.
    """
    said = plain(reply.text)
    is_absent = any(plain(words) in said for words in (*texts(target["absent"]), *_SAYS_ABSENT))
    others = any(has(said, plain(other)) for other in texts(target["others"]))
    answer = target["answer"]
    if answer is None:
        if is_absent and not others:
            return Grade(1.0, "said to be absent")
        return Grade(0.0, "made up" if said else "empty")
    if is_absent:
        return Grade(0.0, "missed")
    is_right = has(said, plain(str(answer))) and not others
    return Grade(float(is_right), "right" if is_right else "wrong")
