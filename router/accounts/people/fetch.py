"""Reading an issuer's published keys: the one thing that is asked of an identity provider."""

from __future__ import annotations

import ssl
import time
from pathlib import Path

import httpx2

from router.accounts.people.rules import IssuerRules

MAX_JWKS_BYTES = 256 * 1024
TIMEOUT_S = 5.0


class KeysUnreadable(Exception):
    """The keys of an issuer cannot be read now; the message has no more than what kind of fault."""


def read_jwks(rules: IssuerRules) -> bytes:
    """The issuer's key set as its file or its URL has it. Blocks, for TIMEOUT_S or a little more.

    Effects: at most one GET, over TLS whose certificate is verified, with nothing in it of any
    request: no proxies or credentials of the environment's, no redirects. Raises KeysUnreadable.
    """
    try:
        if rules.jwks_file is not None:
            content = Path(rules.jwks_file).read_bytes()
        else:
            content = _fetch(rules.jwks_url or "", rules.ca_file)
    except (OSError, ValueError, httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise KeysUnreadable(type(error).__name__) from None
    if len(content) > MAX_JWKS_BYTES:
        raise KeysUnreadable(f"more than {MAX_JWKS_BYTES} bytes")
    return content


def _fetch(url: str, ca_file: str | None) -> bytes:
    if ca_file is None:
        context = httpx2.create_ssl_context(trust_env=False)
    else:
        context = ssl.create_default_context(cafile=ca_file)
    deadline_s = time.monotonic() + TIMEOUT_S
    content = b""
    with (
        httpx2.Client(verify=context, trust_env=False, timeout=TIMEOUT_S) as client,
        client.stream("GET", url, headers={"accept": "application/json"}) as answer,
    ):
        if answer.status_code != 200:
            raise KeysUnreadable(f"HTTP status {answer.status_code}")
        for part in answer.iter_bytes():
            content += part
            if len(content) > MAX_JWKS_BYTES:
                break
            if time.monotonic() > deadline_s:
                raise KeysUnreadable("too slow")
    return content
