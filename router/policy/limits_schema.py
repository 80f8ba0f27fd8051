"""The format of `limits` in policy.yaml."""

from __future__ import annotations

from router.config.validate import ConfigModel


class LimitsSection(ConfigModel):
    """Requests and tokens per minute, and money per day and month."""
