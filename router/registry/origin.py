"""Base URLs, taken apart once: what clearances sign, what transports connect to."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class BaseUrl:
    """`port` is None where it is the scheme's default; `path` is "" or starts with "/"."""

    scheme: str
    host: str
    port: int | None
    path: str

    @property
    def origin(self) -> str:
        """scheme://host[:port], in lower case."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port is None else f":{self.port}")

    @property
    def address(self) -> IpAddress | None:
        """The host as an address, None if it is a name."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None

    @property
    def is_loopback(self) -> bool:
        return self.host == "localhost" or (self.address is not None and self.address.is_loopback)

    def __str__(self) -> str:
        return f"{self.origin}{self.path}"


def parse_base_url(text: str) -> BaseUrl:
    """Raises ValueError, saying what is wrong, for anything but http(s)://host[:port][/path]."""
    if not text.isascii() or any(character.isspace() for character in text):
        raise ValueError("holds white space or characters beyond ASCII")
    try:
        parts = urlsplit(text)
        written_port = parts.port
    except ValueError:
        # The library's message quotes the URL, and a URL can hold a password.
        raise ValueError("names no valid host and port") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("starts with neither https:// nor http://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a user name or password")
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise ValueError("holds a query or fragment")
    if not parts.hostname:
        raise ValueError("names no host")
    if "\\" in text or "%" in text or ".." in parts.path.split("/") or "//" in parts.path:
        raise ValueError("holds a path that can be read in two ways")
    port = None if written_port == _DEFAULT_PORTS[parts.scheme] else written_port
    return BaseUrl(parts.scheme, parts.hostname.rstrip("."), port, parts.path.rstrip("/"))
