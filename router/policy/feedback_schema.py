"""The format of `feedback` in policy.yaml, and what it becomes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from router.config.validate import ConfigModel, pattern
from router.feedback.feedback import MAX_PER_KEY, FeedbackRules


class FeedbackSection(ConfigModel):
    """`labels` are a house's own words for answers, beside those that everybody has.

    `max_per_key` is of one request, 10 at most where it is left out.
    """

    labels: list[
        Annotated[
            str,
            pattern(
                r"[a-z][a-z0-9_]{0,63}",
                "is no label",
                "write it in a-z, 0-9 and '_', such as off_brand",
            ),
        ]
    ] = Field(default_factory=list, max_length=100)
    max_per_request: Annotated[int, Field(ge=1, le=999)] = 100
    max_per_key: Annotated[int, Field(ge=1, le=999)] | None = None

    @model_validator(mode="after")
    def _within(self) -> FeedbackSection:
        if self.max_per_key is not None and self.max_per_key > self.max_per_request:
            raise PydanticCustomError(
                "pattern",
                "{problem}",
                {
                    "problem": "takes more of one key than of all together",
                    "cure": "lower `max_per_key`, or raise `max_per_request`",
                },
            )
        return self


def feedback_rules(section: FeedbackSection) -> FeedbackRules:
    per_key = section.max_per_key or min(MAX_PER_KEY, section.max_per_request)
    return FeedbackRules(frozenset(section.labels), section.max_per_request, per_key)
