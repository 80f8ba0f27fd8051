"""What has been made of a text before it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Sealed:
    """A text's keyed digest, and how to write what is kept of it.

    `digest` is "hmac-sha256:" and 64 hex digits, under the key `key_id` of the vault. `write` adds
    the rows (none where the policy keeps no text), in the transaction that it is called in.
    """

    key_id: str
    digest: str
    write: Callable[[Connection], None] = field(repr=False)
