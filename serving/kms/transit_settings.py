"""Which Transit engine has the master key: read from the environment, names and no secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2

from serving.external.credentials import FileSecret

PREFIX = "RINGFENCE_VAULT_TRANSIT_"
ADDRESS = f"{PREFIX}ADDR"
_KEY, _TOKEN_FILE = f"{PREFIX}KEY", f"{PREFIX}TOKEN_FILE"
_MOUNT, _CA_FILE, _NAMESPACE = f"{PREFIX}MOUNT", f"{PREFIX}CA_FILE", f"{PREFIX}NAMESPACE"

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,39}")
_PATH = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


@dataclass(frozen=True, slots=True)
class TransitSettings:
    """`token` is asked for each call: agents that renew one write it anew."""

    address: str
    key: str
    token: FileSecret
    mount: str = "transit"
    ca_file: Path | None = None
    namespace: str | None = None


def transit_settings(environ: Mapping[str, str]) -> TransitSettings | None:
    """None where no address is set. Raises ValueError, with the cure, for half of one."""
    address = environ.get(ADDRESS, "").strip().rstrip("/")
    if not address:
        return None
    key = environ.get(_KEY, "").strip()
    if not _NAME.fullmatch(key):
        raise ValueError(
            f"{_KEY} is no key's name: set it to that of a key of the type aes256-gcm96, of at "
            "most 40 letters, digits, '_', '-' and '.'"
        )
    token_file = environ.get(_TOKEN_FILE, "").strip()
    if not token_file:
        raise ValueError(f"{_TOKEN_FILE} is not set: name a file of mode 0600 with a token in it")
    mount = environ.get(_MOUNT, "transit").strip("/ ")
    if not _PATH.fullmatch(mount):
        raise ValueError(f"{_MOUNT} is no path: say where the engine is mounted, such as transit")
    ca_file = environ.get(_CA_FILE, "").strip()
    return TransitSettings(
        address=_checked(address),
        key=key,
        token=FileSecret(Path(token_file)),
        mount=mount,
        ca_file=Path(ca_file) if ca_file else None,
        namespace=environ.get(_NAMESPACE, "").strip() or None,
    )


def _checked(address: str) -> str:
    try:
        url = httpx2.URL(address)
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    local = url.scheme == "http" and url.host in _LOOPBACK
    if not url.host or not (local or url.scheme == "https") or url.path != "/" or url.userinfo:
        raise ValueError(
            f"{ADDRESS} is no address: set it to https://HOST:PORT (http only for an agent on this "
            "machine's loopback)"
        )
    return address
