"""The format of `feedback` in policy.yaml, and what it becomes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from router.config.validate import ConfigModel, pattern
from router.feedback.feedback import FeedbackRules


class FeedbackSection(ConfigModel):
    """`labels` are a house's own words for answers, beside those that everybody has."""

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


def feedback_rules(section: FeedbackSection) -> FeedbackRules:
    return FeedbackRules(frozenset(section.labels), section.max_per_request)
