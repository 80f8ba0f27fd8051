"""The format of `people` in policy.yaml."""

from __future__ import annotations

from router.config.validate import ConfigModel


class PeopleSection(ConfigModel):
    """Which identity providers vouch for people, and what they may do."""
