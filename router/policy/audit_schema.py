"""The format of `audit` in policy.yaml."""

from __future__ import annotations

from router.config.validate import ConfigModel


class AuditSection(ConfigModel):
    """How often checkpoints are signed and where they are sent."""
