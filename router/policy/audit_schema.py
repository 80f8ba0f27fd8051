"""The format of `audit` in policy.yaml."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from router.config.validate import ConfigModel, pattern

_MAX_LENGTH = 400

AbsolutePath: TypeAlias = Annotated[
    str,
    Field(max_length=_MAX_LENGTH),
    pattern(r"/[^\x00-\x1f]*[^\x00-\x1f/]", "is no file's absolute path", "write it from / on"),
]
HttpsUrl: TypeAlias = Annotated[
    str,
    Field(max_length=_MAX_LENGTH),
    pattern(
        r"https://[A-Za-z0-9.\-:\[\]]+(/[^\s?#\x00-\x1f]*)?",
        "is no URL that checkpoints can be sent to",
        "write https://HOST[:PORT][/PATH], and what authorises into a `token_file`",
    ),
]
SyslogAddress: TypeAlias = Annotated[
    str,
    Field(max_length=_MAX_LENGTH),
    pattern(
        r"(udp|tcp)://([A-Za-z0-9.\-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}|unix://(/[^\x00-\x1f/]+)+",
        "is no address of a syslog",
        "write udp://HOST:PORT, tcp://HOST:PORT or unix:///SOCKET",
    ),
]


class FilePlaceEntry(ConfigModel):
    kind: Literal["file"]
    path: AbsolutePath


class HttpPlaceEntry(ConfigModel):
    """`ca_file` is for a server whose certificate no public authority has signed."""

    kind: Literal["http"]
    url: HttpsUrl
    ca_file: AbsolutePath | None = None
    token_file: AbsolutePath | None = None


class SyslogPlaceEntry(ConfigModel):
    kind: Literal["syslog"]
    address: SyslogAddress


PlaceEntry: TypeAlias = Annotated[
    FilePlaceEntry | HttpPlaceEntry | SyslogPlaceEntry, Field(discriminator="kind")
]


class AuditSection(ConfigModel):
    """How often checkpoints are signed, a minute at most, and where they are sent.

    `retention_days` is how long records keep their bodies; for good where it is left out.
    """

    checkpoint_interval_s: Annotated[float, Field(ge=1, le=60)] = 60.0
    publish: list[PlaceEntry] = Field(default_factory=list)
    retention_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
