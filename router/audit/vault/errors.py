"""What can be wrong with what the vault holds; clients are told TextNotKept, or nothing.

VaultError
├── KeyUnavailable      wrapped under a master key that is not at hand, or destroyed
└── TextDamaged         not what was sealed, or not in its place
"""

from __future__ import annotations

from router.errors import RingfenceError


class VaultError(RingfenceError):
    """Base of the vault's errors. Messages name ids, never a text (I6)."""


class KeyUnavailable(VaultError):
    """A key of the vault cannot be wrapped or unwrapped here and now."""


class TextDamaged(VaultError):
    """A stored text that does not authenticate: changed, moved, or under another key."""
