"""What has been made of a text before it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from router.audit.vault.sealing import TextKey
from router.domain import DataClass


@dataclass(frozen=True, slots=True)
class Sealer:
    """What seals both texts of one record: its key, what is kept, and under which class.

    `subject` is a digest (`subjects.py`); `requested_at_s` the time that retention counts from, and
    from before its key was looked for.
    """

    key: TextKey
    request_id: str
    team: str
    subject: str | None
    data_class: DataClass
    keeps_input: bool
    keeps_output: bool
    requested_at_s: float


@dataclass(frozen=True, slots=True)
class Sealed:
    """A text's keyed digest, and how to write what is kept of it.

    `digest` is "hmac-sha256:" and 64 hex digits, under the key `key_id` of the vault. `write` adds
    the rows (none where the policy keeps no text), in the transaction that it is called in.
    `sealer` seals the answer of the same record.
    """

    key_id: str
    digest: str
    write: Callable[[Connection], None] = field(repr=False)
    sealer: Sealer = field(repr=False)
