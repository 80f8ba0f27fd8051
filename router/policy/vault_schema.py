"""The format of `vault` in policy.yaml."""

from __future__ import annotations

from router.config.validate import ConfigModel


class VaultSection(ConfigModel):
    """What the vault keeps, for how long, and for which purposes it must."""
