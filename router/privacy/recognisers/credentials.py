"""What opens a door: keys, tokens, passwords, connection strings."""

from __future__ import annotations

from router.privacy.recognisers import connection_strings, passwords, private_keys, tokens
from router.privacy.recognisers.pattern import Pattern

PATTERNS: tuple[Pattern, ...] = (
    *tokens.PATTERNS,
    *private_keys.PATTERNS,
    *passwords.PATTERNS,
    *connection_strings.PATTERNS,
)
