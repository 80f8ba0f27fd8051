"""How often checkpoints are signed and where they are sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A file that checkpoints are added to; one on another machine's disk is worth more."""

    path: str

    @property
    def name(self) -> str:
        return f"file {self.path}"


@dataclass(frozen=True, slots=True)
class HttpPlace:
    """A server that takes each checkpoint as a POST, over TLS that is verified.

    `ca_file` has the authority that vouches for it, in PEM, None for the public ones; `token_file`
    a bearer token.
    """

    url: str
    ca_file: str | None = None
    token_file: str | None = None

    @property
    def name(self) -> str:
        return f"http {self.url}"


@dataclass(frozen=True, slots=True)
class SyslogPlace:
    """A syslog (RFC 5424): `udp://HOST:PORT`, `tcp://HOST:PORT` or `unix:///SOCKET`."""

    address: str

    @property
    def name(self) -> str:
        return f"syslog {self.address}"


Place: TypeAlias = FilePlace | HttpPlace | SyslogPlace
"""A second place. `name` tells places apart, in the database and in what is logged."""


@dataclass(frozen=True, slots=True)
class AuditRules:
    """While the log grows a checkpoint is signed every `checkpoint_interval_s`, and published.

    Entries keep their bodies for `retention_days`, for good where that is None.
    """

    checkpoint_interval_s: float = 60.0
    publish: tuple[Place, ...] = ()
    retention_days: int | None = None
