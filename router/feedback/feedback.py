"""One opinion of one answer, and what it says of whether the answer was right."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

MAX_PER_KEY = 10
"""Of one request, where the policy says nothing else: what somebody says, and corrects."""


class Label(StrEnum):
    """What may be said of any answer; a policy may know further words (`FeedbackRules`).

    `refused` is an answer that was none though one was due, `unsafe` one that should not have been
    given.
    """

    RIGHT = "right"
    WRONG = "wrong"
    UNHELPFUL = "unhelpful"
    REFUSED = "refused"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True)
class FeedbackRules:
    """`labels` are words beside those of `Label`.

    At most `max_per_request` pieces are taken of one request, and of them `max_per_key` of one key,
    so that no key speaks for its whole team.
    """

    labels: frozenset[str] = frozenset()
    max_per_request: int = 100
    max_per_key: int = MAX_PER_KEY

    @property
    def known(self) -> tuple[str, ...]:
        return (*(label.value for label in Label), *sorted(self.labels))


@dataclass(frozen=True, slots=True)
class Feedback:
    """`score` is in [0, 1], 1 being as good as can be; one of the four is said at least."""

    request_id: str
    score: float | None = None
    label: str | None = None
    correction: str | None = field(default=None, repr=False)
    comment: str | None = field(default=None, repr=False)

    @property
    def has_text(self) -> bool:
        return self.correction is not None or self.comment is not None


def worth(score: float | None, label: str | None) -> float | None:
    """How good the answer was, in [0, 1]; None where nothing was said that has such a meaning.

    The score where there is one. Else 1 for `right` and 0 for the other labels of `Label`: a
    policy's own words say something else than how good an answer was.
    """
    if score is not None or label is None:
        return score
    return float(label == Label.RIGHT) if label in set(Label) else None
