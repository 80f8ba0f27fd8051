"""What the vault keeps, for how long, and for which purposes it must."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VaultRules:
    """What the vault keeps, for how long, and for which purposes it must."""
